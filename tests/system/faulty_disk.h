// tests/system/faulty_disk.h
//
// A disk that fails on demand. The test program defines open(), write(), fsync(), rename() and the
// other calls that change files itself, so that everything in the process goes through here: our
// own code, SQLite, Xapian and the standard library, exactly as they ship. Calls on files below one
// folder are counted; the chosen one fails, or kills the process just before or just after it.
//
// A call that is let through goes to the C library. Nothing of this is in the shipped binary.
//
// Threads: any; one FaultyDisk at a time. A forked child inherits the plan and goes on counting.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace carrel::testing {

enum class FaultKind : std::uint8_t {
  none,         // only counts and names
  fail_once,    // EIO from the chosen call, as a bad sector or a lost cable gives
  full,         // ENOSPC from the chosen call on, the first write being cut short; frees nothing
  read_only,    // EROFS from the chosen call on, as a file system that remounts itself gives
  kill_before,  // SIGKILL instead of the call
  kill_after    // SIGKILL once the call is done
};

struct FaultPlan {
  std::filesystem::path root;  // what lies elsewhere is not touched
  FaultKind kind = FaultKind::none;
  std::uint64_t nth = 0;  // 1: the first call that changes a file below root
  std::string point;      // count only the calls of this name; empty: all
};

// In force while alive.
class FaultyDisk {
 public:
  explicit FaultyDisk(const FaultPlan& plan);
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  bool has_struck() const;        // the chosen call came
  std::uint64_t calls() const;    // so far
  std::string struck_at() const;  // "fsync carrel.db-wal"; empty: nothing yet

  // How often each point was passed. A point is a kind of call on a kind of file, such as
  // "sync carrel.db-wal" or "rename originals/*/*": numbers and hashes in names become '*'.
  std::map<std::string, std::uint64_t> points() const;
};

}  // namespace carrel::testing
