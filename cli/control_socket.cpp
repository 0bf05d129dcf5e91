#include "cli/control_socket.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <list>
#include <mutex>
#include <nlohmann/json.hpp>
#include <ostream>
#include <streambuf>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/file.h"
#include "core/log.h"

namespace carrel::cli {
namespace {

constexpr std::string_view kSocketName = "control.sock";
constexpr std::size_t kRequestBytesMax = 1 << 20;
constexpr std::size_t kFrameBytesMax = 1 << 16;
constexpr std::size_t kCallsMax = 8;
constexpr int kPollMillis = 200;
constexpr int kRequestSeconds = 10;

// Socket paths are short (108 bytes); a long folder is reached through its open descriptor.
struct Address {
  explicit Address(const std::filesystem::path& directory)
      : folder(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    name.sun_family = AF_UNIX;
    std::string path = (directory / kSocketName).string();
    if (path.size() >= sizeof name.sun_path)
      path = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + std::string(kSocketName);
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
  FileDescriptor folder;
  sockaddr_un name{};
};

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool send_frame(int fd, char kind, std::string_view bytes) {
  std::string frame(1, kind);
  const auto size = static_cast<std::uint32_t>(bytes.size());
  for (int i = 0; i < 4; ++i) frame.push_back(static_cast<char>(size >> (8 * i)));
  frame.append(bytes);
  return send_all(fd, frame);
}

// A stream whose every flush becomes a frame.
class FrameBuffer final : public std::streambuf {
 public:
  FrameBuffer(int fd, char kind, std::mutex& mutex) : fd_(fd), kind_(kind), mutex_(mutex) {
    setp(buffer_.data(), buffer_.data() + buffer_.size());
  }

 private:
  int overflow(int c) override {
    sync();
    if (c != traits_type::eof()) {
      *pptr() = static_cast<char>(c);
      pbump(1);
    }
    return traits_type::not_eof(c);
  }
  int sync() override {
    const std::lock_guard lock(mutex_);
    const auto size = static_cast<std::size_t>(pptr() - pbase());
    if (size > 0 && !send_frame(fd_, kind_, {pbase(), size})) broken_ = true;
    setp(buffer_.data(), buffer_.data() + buffer_.size());
    return broken_ ? -1 : 0;
  }
  int fd_;
  char kind_;
  std::mutex& mutex_;
  bool broken_ = false;
  std::array<char, 4096> buffer_{};
};

std::optional<std::string> read_request(int fd) {
  std::string line;
  std::array<char, 4096> part{};
  while (line.size() < kRequestBytesMax) {
    pollfd waiting{fd, POLLIN, 0};
    if (::poll(&waiting, 1, kRequestSeconds * 1000) != 1) return std::nullopt;
    const ssize_t n = ::recv(fd, part.data(), part.size(), 0);
    if (n <= 0) return std::nullopt;
    line.append(part.data(), static_cast<std::size_t>(n));
    if (line.back() == '\n') return line;
  }
  return std::nullopt;
}

bool is_well_formed(const nlohmann::json& request) {
  if (!request.is_object() || !request.contains("arguments") || !request["arguments"].is_array())
    return false;
  for (const auto& argument : request["arguments"])
    if (!argument.is_string()) return false;
  for (const char* name : {"cwd", "input"})
    if (!request.contains(name) || !request[name].is_string()) return false;
  for (const char* name : {"terminal", "out_terminal"})
    if (!request.contains(name) || !request[name].is_boolean()) return false;
  return true;
}

bool is_same_user(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

}  // namespace

std::string current_os_user() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr)
    return found->pw_name;
  return "uid:" + std::to_string(::getuid());
}

struct ControlServer::State {
  FileDescriptor listener;
  std::filesystem::path socket_file;
  std::function<int(Invocation&)> run;
  std::atomic<bool> stopping{false};
  std::thread acceptor;
  std::mutex mutex;
  struct Call {
    std::thread thread;
    CancelToken cancel;
    std::atomic<bool> done{false};
  };
  std::list<Call> calls;  // guarded by mutex

  void accept_loop() {
    while (!stopping) {
      pollfd waiting{listener.get(), POLLIN, 0};
      const int ready = ::poll(&waiting, 1, kPollMillis);
      reap();
      if (ready != 1) continue;
      FileDescriptor peer(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer || !is_same_user(peer.get())) continue;
      const std::lock_guard lock(mutex);
      if (calls.size() >= kCallsMax) {
        send_frame(peer.get(), 'e', "carrel: too many commands at once; try again\n");
        send_frame(peer.get(), 'x', "1");
        continue;
      }
      Call& call = calls.emplace_back();
      call.thread = std::thread([this, &call, fd = peer.release()] {
        serve(FileDescriptor(fd), call.cancel);
        call.done = true;
      });
    }
  }

  void reap() {
    const std::lock_guard lock(mutex);
    for (auto it = calls.begin(); it != calls.end();) {
      if (!it->done) {
        ++it;
        continue;
      }
      it->thread.join();
      it = calls.erase(it);
    }
  }

  void serve(FileDescriptor peer, const CancelToken& cancel) {
    const auto line = read_request(peer.get());
    if (!line) return;
    nlohmann::json request = nlohmann::json::parse(*line, nullptr, false);
    if (!is_well_formed(request)) {
      send_frame(peer.get(), 'e', "carrel: that is not a command\n");
      send_frame(peer.get(), 'x', "2");
      return;
    }
    std::mutex writing;
    FrameBuffer out_buffer(peer.get(), 'o', writing);
    FrameBuffer err_buffer(peer.get(), 'e', writing);
    std::ostream out(&out_buffer);
    std::ostream err(&err_buffer);
    Invocation call{.arguments = request.value("arguments", std::vector<std::string>{}),
                    .cwd = request.value("cwd", std::string("/")),
                    .os_user = current_os_user(),  // the peer's is_same_user() held
                    .input = request.value("input", std::string()),
                    .error_is_terminal = request.value("terminal", false),
                    .out_is_terminal = request.value("out_terminal", false),
                    .out = out,
                    .err = err,
                    .cancel = cancel};
    std::atomic<bool> finished{false};
    std::thread watcher([&] {  // the caller's going away cancels the command
      while (!finished) {
        pollfd waiting{peer.get(), POLLRDHUP, 0};
        if (::poll(&waiting, 1, kPollMillis) == 1) {
          cancel.cancel();
          return;
        }
      }
    });
    const int status = run(call);
    out.flush();
    err.flush();
    finished = true;
    watcher.join();
    send_frame(peer.get(), 'x', std::to_string(status));
  }
};

ControlServer::ControlServer(const std::filesystem::path& directory,
                             std::function<int(Invocation&)> run)
    : state_(std::make_unique<State>()) {
  const Address address(directory);
  state_->run = std::move(run);
  state_->socket_file = directory / kSocketName;
  ::unlink(state_->socket_file.c_str());  // we hold the folder's lock: it is a dead owner's
  state_->listener = FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const mode_t before = ::umask(0177);
  const int bound = ::bind(state_->listener.get(), address.get(), sizeof address.name);
  ::umask(before);
  if (bound != 0 || ::listen(state_->listener.get(), 16) != 0)
    throw Error(ErrorCode::unavailable, "cannot make the local socket in " + directory.string() +
                                            ": " + std::strerror(errno));
  state_->acceptor = std::thread([state = state_.get()] { state->accept_loop(); });
}

ControlServer::~ControlServer() {
  state_->stopping = true;
  state_->acceptor.join();
  for (auto& call : state_->calls) {
    call.cancel.cancel();
    call.thread.join();
  }
  ::unlink(state_->socket_file.c_str());
}

std::optional<int> run_in_owner(const std::filesystem::path& directory, const Invocation& call) {
  const Address address(directory);
  const FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.get(), address.get(), sizeof address.name) != 0) {
    if (errno == EACCES || errno == EPERM)
      throw Error(ErrorCode::denied, "the library is served by another user of this machine");
    return std::nullopt;
  }
  const nlohmann::json request = {{"arguments", call.arguments},
                                  {"cwd", call.cwd.string()},
                                  {"input", call.input},
                                  {"terminal", call.error_is_terminal},
                                  {"out_terminal", call.out_is_terminal}};
  if (!send_all(fd.get(), request.dump() + "\n"))
    throw Error(ErrorCode::unavailable, "the serving process does not take commands");
  std::string pending;
  std::array<char, kFrameBytesMax> part{};
  while (true) {
    while (pending.size() >= 5) {
      std::uint32_t size = 0;
      for (std::size_t i = 0; i < 4; ++i)
        size |= std::uint32_t{static_cast<std::uint8_t>(pending[1 + i])} << (8 * i);
      if (pending.size() < 5 + std::size_t{size}) break;
      const std::string_view body = std::string_view(pending).substr(5, size);
      if (pending[0] == 'x') return std::atoi(std::string(body).c_str());
      (pending[0] == 'o' ? call.out : call.err) << body << std::flush;
      pending.erase(0, 5 + std::size_t{size});
    }
    const ssize_t n = ::recv(fd.get(), part.data(), part.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      throw Error(ErrorCode::unavailable, "the serving process ended before the command did");
    pending.append(part.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace carrel::cli
