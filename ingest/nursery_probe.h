// ingest/nursery_probe.h
//
// A child that behaves as a document that took it over would: it tries one forbidden thing and says
// how that went. Tests of the walls ask for it; no document can.
#pragma once

#include <string>
#include <string_view>

namespace carrel::ingest {

// Tries `attempt`: "open:PATH", "write:PATH", "list:PATH", "socket", "connect", "fork", "thread",
// "exec", "kill:PID", "ptrace", "allocate:MB", "exec_memory", "spin", "sleep", "crash", "abort",
// "reserve:MB", "connect:PORT", "grow:PATH", "dup:N", "spin_for:SECONDS", "sleep_for:MS",
// "become:PROGRAM,PATH", "flood_of:MB", "environment", "descriptors", "user", "flood", "forge".
// Returns "done" or the error's name, where the process lives to tell.
std::string probe_wall(std::string_view attempt);

}  // namespace carrel::ingest
