// tests/access/library.h
//
// A small library of people for the tests of access/: a store, a clock that stands still, and
// rules.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "access/access_control.h"
#include "core/error.h"
#include "core/error_hint.h"
#include "tests/support/testing.h"

namespace carrel::access {

struct TestLibrary {
  explicit TestLibrary(const AccessOptions& options = {}) : access(store, clock, options) {}

  AclClassId intern(const std::vector<std::string>& allow,
                    const std::vector<std::string>& deny = {},
                    const std::string& label = "public") {
    const Store::Writer writer = store.write();
    Transaction transaction(*writer);
    const AclClassId id = access.intern(*writer, {.allow = allow, .deny = deny, .label = label});
    transaction.commit();
    return id;
  }
  bool sees(const std::string& user, AclClassId acl_class) const {
    const auto found = access.find_user(user);
    return found && access.visibility(found->id).permits(acl_class);
  }

  testing::TempDir dir;
  Store store{dir / "carrel.db"};
  ManualClock clock;
  AccessControl access;
};

// The code and the text of the Error that `action` throws; a failure if it throws none.
template <class Action>
std::pair<ErrorCode, std::string> error_of(Action&& action) {
  try {
    action();
  } catch (const Error& e) {
    return {e.code(), with_hint(e)};
  }
  ADD_FAILURE() << "nothing was thrown";
  return {ErrorCode::corrupt, ""};
}

}  // namespace carrel::access
