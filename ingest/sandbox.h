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
#include <initializer_list>
#include <string>
#include <vector>

#include <sys/types.h>

#include "core/file.h"

namespace carrel::ingest {

// Each wall by name, so that a test can take one away and see the escape succeed that it prevents.
enum class Wall : std::uint32_t {
  network = 1U << 0,          // the network namespace
  files = 1U << 1,            // Landlock; without it, as on a kernel that has none
  system_calls = 1U << 2,     // the allow list
  signals = 1U << 3,          // the filter on tgkill()
  memory = 1U << 4,           // address space
  processor = 1U << 5,        // processor time
  file_size = 1U << 6,        // nothing can be written to a file
  descriptors = 1U << 7,      // how many may be open
  processes = 1U << 8,        // none may be made
  inheritance = 1U << 9,      // descriptors of the nursery and of other children are closed
  environment = 1U << 10,     // empty
  identity = 1U << 11,        // nobody, without capabilities
  new_privileges = 1U << 12,  // none through set-user-id programs
  wall_clock = 1U << 13,      // kept by the nursery's owner
  answer_size = 1U << 14,     // the same
};

class WallSet {
 public:
  WallSet() = default;
  WallSet(std::initializer_list<Wall> walls) {
    for (const Wall wall : walls) bits_ |= static_cast<std::uint32_t>(wall);
  }
  static WallSet from_bits(std::uint32_t bits) {
    WallSet out;
    out.bits_ = bits;
    return out;
  }
  bool has(Wall wall) const { return (bits_ & static_cast<std::uint32_t>(wall)) != 0; }
  std::uint32_t bits() const { return bits_; }

 private:
  std::uint32_t bits_ = 0;
};

struct SandboxLimits {
  std::uint64_t memory_bytes_max = 0;  // beyond what the nursery has mapped already
  std::uint64_t cpu_seconds_max = 0;
};

class Sandbox {
 public:
  // In the nursery, after warming: leaves the network, compiles the filter, opens the Landlock
  // rules.
  static Sandbox prepare(WallSet without = {});

  // In the child. `keep` are the descriptors that stay open beside 0, 1 and 2. What cannot be put
  // up for want of a kernel feature is listed in missing(); a wall that should stand and does not
  // ends the process.
  void enter(const SandboxLimits& limits, const std::vector<int>& keep);

  const std::vector<std::string>& missing() const { return missing_; }

 private:
  bool has(Wall wall) const { return !without_.has(wall); }
  void limit_resources(const SandboxLimits& limits) const;

  WallSet without_;  // empty but in tests
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
