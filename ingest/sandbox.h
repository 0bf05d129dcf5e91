// ingest/sandbox.h
//
// The walls around a parser. The nursery prepares them once; each child enters them before it looks
// at a document's bytes, and cannot leave.
//
//   network       a network namespace without devices; seccomp refuses socket() besides
//   files         Landlock: fonts and poppler's tables readable, all else neither read nor written
//   system calls  an allow list (seccomp); what is absent fails, what only an attack uses kills
//   resources     address space, processor time, no file output, no core, few descriptors
//   identity      nobody, no capabilities, no new privileges; dies with the nursery
//
// A wall that the kernel lacks is left out and named; the others stand. Without Landlock no file at
// all can be opened, so that fonts which a PDF does not carry are missing from drawn pages.
//
// One thread: prepare() and enter() run in single-threaded processes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include "core/file.h"

namespace carrel::ingest {

struct SandboxLimits {
  std::uint64_t memory_bytes_max = 0;  // beyond what the nursery has mapped already
  std::uint64_t cpu_seconds_max = 0;
};

class Sandbox {
 public:
  // In the nursery, after warming: leaves the network, compiles the filter, opens the Landlock
  // rules.
  static Sandbox prepare();

  // In the child. `keep` are the descriptors that stay open beside 0, 1 and 2. What cannot be put
  // up for want of a kernel feature is listed in missing(); a wall that should stand and does not
  // ends the process.
  void enter(const SandboxLimits& limits, const std::vector<int>& keep);

  const std::vector<std::string>& missing() const { return missing_; }

 private:
  std::vector<std::string> missing_;
  std::string filter_;              // sock_filter instructions, ready to load
  FileDescriptor rules_;            // Landlock ruleset; none: the kernel has no Landlock
  std::uint64_t mapped_bytes_ = 0;  // by the nursery
};

// The walls that this machine cannot put up, one sentence each, as a child finds them; for
// `carrel doctor`. Starts a nursery of its own. Errors: unavailable.
std::vector<std::string> sandbox_missing();

// The filter as bytes of sock_filter. `may_open_files`: open() for reading passes the filter,
// because Landlock decides which. Errors: unavailable. Exposed for its test.
std::string compile_seccomp_filter(bool may_open_files);

}  // namespace carrel::ingest
