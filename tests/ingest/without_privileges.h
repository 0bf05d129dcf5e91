// tests/ingest/without_privileges.h
//
// Tests of what may not be read run as the superuser too (in containers they usually do): for a
// while the process takes the rights of nobody, whom permissions do stop. One thread.
#pragma once

#include <unistd.h>

namespace carrel::testing {

class WithoutPrivileges {
 public:
  WithoutPrivileges() : is_super_(::geteuid() == 0) {
    if (is_super_ && ::seteuid(kNobody) != 0) is_super_ = false;
  }
  ~WithoutPrivileges() {
    if (is_super_ && ::seteuid(0) != 0) ::_exit(1);
  }
  WithoutPrivileges(const WithoutPrivileges&) = delete;
  WithoutPrivileges& operator=(const WithoutPrivileges&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  bool is_super_;
};

}  // namespace carrel::testing
