// cli/control_socket.h
//
// How a command reaches the process that owns the data folder: a Unix socket in that folder, which
// only the same OS user may use. The arguments go over, the output and the exit status come back.
//
// A request is one line of JSON; an answer is a sequence of frames: kind (1 byte: 'o' output, 'e'
// error, 'x' exit), length (4 bytes, little endian), bytes. Closing the connection cancels.
//
// Threads: ControlServer runs one thread that accepts and one a connection, at most kCallsMax.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.h"

namespace carrel::cli {

class ControlServer {
 public:
  // `run` executes one invocation and returns its exit status. Errors: unavailable.
  ControlServer(const std::filesystem::path& directory, std::function<int(Invocation&)> run);
  ~ControlServer();  // stops accepting, cancels and awaits what runs

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Runs `call` in the owner of `directory`. None: nobody listens there.
// Errors: denied (the socket belongs to another user), unavailable (the connection broke).
std::optional<int> run_in_owner(const std::filesystem::path& directory, const Invocation& call);

std::string current_os_user();

}  // namespace carrel::cli
