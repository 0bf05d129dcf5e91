// ingest/nursery.h
//
// The nursery: a process of this same program that has loaded and warmed all parsers, has read no
// document, and forks one confined child for each request. This side starts it, hands it requests,
// keeps the time, and starts it again should it die.
//
// A request travels so: we make a memory file with the document (sealed against change), a pair of
// sockets for the child's question and answer, and a pipe on which the nursery reports the child's
// end; one message hands the other ends to the nursery. Closing ours kills the child.
//
// Threads: run() may be called from many threads at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "core/file.h"
#include "ingest/nursery_frame.h"
#include "ingest/sandbox.h"

namespace carrel::ingest {

// What the nursery tells of a child that has ended.
struct ChildEnd {
  std::int32_t wait_status = 0;
  std::uint8_t said_out_of_memory = 0;
  char last_words[159] = {};  // of standard error, if the sandbox could not be put up
};

class Nursery {
 public:
  Nursery() = default;
  // Leaves walls out, for the tests that show what each is for; nothing else may call this.
  explicit Nursery(WallSet without) : without_(without) {}
  ~Nursery();
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;

  // Runs one request in one child and returns its answer, still to be decoded. Errors:
  // invalid_argument (the child crashed), too_large (out of memory, answer too long), deadline,
  // unavailable (no nursery can be started).
  std::string run(const ChildRequest& request, std::string_view bytes);

  // The process id of the running nursery, 0 if none: for tests.
  pid_t pid() const;

 private:
  struct Link;  // our ends of one request
  Link open_link(const ChildRequest& request, std::string_view bytes);
  bool send_to_nursery(const Link& link);
  void start_locked();
  void stop_locked() noexcept;

  const WallSet without_;
  mutable std::mutex mutex_;  // guards the two below
  FileDescriptor control_;
  pid_t pid_ = 0;
};

// Serves requests that arrive on `control` until the other side goes. In nursery_child.cpp.
[[noreturn]] void serve_nursery(int control, WallSet without);

// Whether run_parser_child_if_asked() has run in this process.
bool is_nursery_ready() noexcept;

}  // namespace carrel::ingest
