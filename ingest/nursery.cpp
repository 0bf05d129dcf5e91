#include "ingest/nursery.h"

#include <array>
#include <atomic>
#include <cstring>
#include <optional>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/log.h"

namespace carrel::ingest {
namespace {

constexpr const char* kNurseryArgument = "--carrel-parser-nursery";
constexpr int kControlFd = 3;

// Set once, at the start of main(): how this program can be started again.
struct Program {
  std::atomic<bool> is_ready = false;
  std::string path;
};
Program& program() {
  static Program instance;
  return instance;
}

[[noreturn]] void fail(const std::string& doing) {
  throw Error(ErrorCode::unavailable, "cannot " + doing + ": " + std::strerror(errno));
}

FileDescriptor sealed_memory(std::string_view bytes) {
  FileDescriptor memory(memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory) fail("hold a document in memory");
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t n = write(memory.get(), bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("hold a document in memory");
    at += static_cast<std::size_t>(n);
  }
  if (fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) !=
      0)
    fail("seal a document in memory");
  return memory;
}

// The path by which this program is executed again; without /proc, the one it was started by.
std::string own_path() {
  if (access("/proc/self/exe", X_OK) == 0) return "/proc/self/exe";
  return program().path;
}

std::string megabytes(std::size_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

std::string seconds(std::chrono::milliseconds time) {
  if (time.count() % 1000 == 0) return std::to_string(time.count() / 1000) + " s";
  return std::to_string(time.count()) + " ms";
}

Error late(const ParseLimits& limits) {
  return {ErrorCode::deadline, "the parser took longer than " + seconds(limits.time_max)};
}

// Why a child that gave no whole answer ended.
Error reason_of(const ChildEnd& end, const ParseLimits& limits) {
  if (end.said_out_of_memory != 0)
    return {ErrorCode::too_large,
            "the parser ran out of its " + megabytes(limits.memory_bytes_max) + " of memory"};
  if (WIFSIGNALED(end.wait_status)) {
    const int signal = WTERMSIG(end.wait_status);
    if (signal == SIGXCPU || signal == SIGKILL) return late(limits);
    if (signal == SIGSYS)
      return {ErrorCode::invalid_argument,
              "the parser tried what no parser may do and was stopped: treat the file as hostile"};
    return {ErrorCode::invalid_argument, "the parser crashed (signal " + std::to_string(signal) +
                                             "); the file is broken or hostile"};
  }
  const std::string words(end.last_words, strnlen(end.last_words, sizeof end.last_words));
  if (words.starts_with("sandbox: ") && WEXITSTATUS(end.wait_status) == 126)
    return {ErrorCode::unavailable, "the parser could not be confined (" + words + ")"};
  return {ErrorCode::invalid_argument, "the parser gave up without an answer (status " +
                                           std::to_string(WEXITSTATUS(end.wait_status)) + ")"};
}

}  // namespace

struct Nursery::Link {
  FileDescriptor document, theirs, report_to;  // handed over
  FileDescriptor ours, report_from;

  void close_theirs() {
    document = FileDescriptor();
    theirs = FileDescriptor();
    report_to = FileDescriptor();
  }
};

Nursery::~Nursery() {
  const std::lock_guard lock(mutex_);
  stop_locked();
}

pid_t Nursery::pid() const {
  const std::lock_guard lock(mutex_);
  return pid_;
}

void Nursery::stop_locked() noexcept {
  control_ = FileDescriptor();  // the nursery sees the end of its work and leaves
  if (pid_ > 0)
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  pid_ = 0;
}

void Nursery::start_locked() {
  stop_locked();
  if (!is_nursery_ready())
    throw Error(ErrorCode::unavailable,
                "this program does not call run_parser_child_if_asked() in main(), so it cannot "
                "read documents");
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    fail("start the parsers' process");
  FileDescriptor ours(ends[0]);
  // Above the numbers that the actions below assign, so that none is overwritten before it is used.
  const FileDescriptor theirs(fcntl(ends[1], F_DUPFD_CLOEXEC, kControlFd + 1));
  close(ends[1]);
  if (!theirs) fail("start the parsers' process");

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), kControlFd);
  posix_spawn_file_actions_addclosefrom_np(&actions, kControlFd + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  // Libraries linked for other rooms start threads when loaded unless told not to.
  std::array<std::string, 5> words = {"carrel-parser", kNurseryArgument,
                                      std::to_string(without_.bits()), "OPENBLAS_NUM_THREADS=1",
                                      "OMP_NUM_THREADS=1"};
  std::array<char*, 4> arguments = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  std::array<char*, 3> environment = {words[3].data(), words[4].data(), nullptr};
  pid_t pid = 0;
  const int rc = posix_spawn(&pid, own_path().c_str(), &actions, &attributes, arguments.data(),
                             environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (rc != 0) {
    errno = rc;
    fail("start the parsers' process");
  }
  control_ = std::move(ours);
  pid_ = pid;
}

Nursery::Link Nursery::open_link(const ChildRequest& request, std::string_view bytes) {
  Link link;
  link.document = sealed_memory(bytes);
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    fail("open a socket pair");
  link.ours = FileDescriptor(ends[0]);
  link.theirs = FileDescriptor(ends[1]);
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("open a pipe");
  link.report_from = FileDescriptor(ends[0]);
  link.report_to = FileDescriptor(ends[1]);
  // Before the child exists: the request fits the socket's buffer, so this does not wait for it.
  const std::string frame = encode_request(request);
  if (send(link.ours.get(), frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT) !=
      static_cast<ssize_t>(frame.size()))
    fail("hand over a request to the parsers' process");
  shutdown(link.ours.get(), SHUT_WR);
  return link;
}

bool Nursery::send_to_nursery(const Link& link) {
  const std::lock_guard lock(mutex_);
  if (!control_) start_locked();
  const std::array<int, 3> fds = {link.theirs.get(), link.document.get(), link.report_to.get()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fds)> space{};
  char byte = 1;
  iovec data{&byte, 1};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fds);
  std::memcpy(CMSG_DATA(header), fds.data(), sizeof fds);
  ssize_t sent = 0;
  do {
    sent = sendmsg(control_.get(), &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent == 1) return true;
  stop_locked();
  return false;
}

namespace {

// Collects the child's answer and its end until both are there or time is up.
class Listener {
 public:
  Listener(int answers, int reports, const ParseLimits& limits, WallSet without)
      : answers_(answers), reports_(reports), limits_(limits), without_(without) {}

  // None: the nursery died.
  std::optional<ChildEnd> listen(std::string& answer) {
    using std::chrono::hours;
    const auto until = std::chrono::steady_clock::now() +
                       (without_.has(Wall::wall_clock) ? hours(1) : limits_.time_max);
    const std::size_t bytes_max =
        without_.has(Wall::answer_size) ? SIZE_MAX : answer_bytes_max(limits_);
    bool is_answer_open = true;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      if (left.count() <= 0) throw late(limits_);
      std::array<pollfd, 2> wait = {pollfd{is_answer_open ? answers_ : -1, POLLIN, 0},
                                    pollfd{is_answer_open ? -1 : reports_, POLLIN, 0}};
      const int timeout = static_cast<int>(std::min<std::int64_t>(left.count() + 1, 60'000));
      if (poll(wait.data(), wait.size(), timeout) <= 0) continue;
      if (is_answer_open && wait[0].revents != 0) is_answer_open = read_answer(answer, bytes_max);
      if (wait[1].revents != 0) return read_end();
    }
  }

 private:
  bool read_answer(std::string& answer, std::size_t bytes_max) {
    if (buffer_.empty()) buffer_.resize(256 << 10);
    const ssize_t n = read(answers_, buffer_.data(), buffer_.size());
    if (n < 0 && errno == EINTR) return true;
    if (n <= 0) return false;
    answer.append(buffer_.data(), static_cast<std::size_t>(n));
    if (answer.size() > bytes_max)
      throw Error(ErrorCode::too_large, "the parser's answer is longer than its limit");
    return true;
  }

  std::optional<ChildEnd> read_end() {
    ChildEnd end;
    ssize_t n = 0;
    do {
      n = read(reports_, &end, sizeof end);
    } while (n < 0 && errno == EINTR);
    if (n != sizeof end) return std::nullopt;
    return end;
  }

  int answers_, reports_;
  const ParseLimits& limits_;
  const WallSet without_;
  std::string buffer_;
};

}  // namespace

std::string Nursery::run(const ChildRequest& request, std::string_view bytes) {
  constexpr int attempts_max = 3;  // the nursery may die between two requests, or under this one
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    Link link = open_link(request, bytes);
    if (!send_to_nursery(link)) continue;
    link.close_theirs();
    std::string answer;
    const auto end =
        Listener(link.ours.get(), link.report_from.get(), request.limits, without_).listen(answer);
    if (!end) {
      log::warning("ingest.nursery_died", {{"attempt", attempt + 1}});
      continue;
    }
    const bool is_whole = WIFEXITED(end->wait_status) && WEXITSTATUS(end->wait_status) == 0;
    if (is_whole && !answer.empty()) return answer;
    throw reason_of(*end, request.limits);
  }
  throw Error(ErrorCode::unavailable, "the parsers' process cannot be kept running; see the log");
}

bool is_nursery_ready() noexcept { return program().is_ready; }

void run_parser_child_if_asked(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], kNurseryArgument) == 0)
    serve_nursery(kControlFd, WallSet::from_bits(
                                  static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10))));
  const auto* started_by = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  if (started_by != nullptr) {
    char* whole = realpath(started_by, nullptr);
    if (whole != nullptr) program().path = whole;
    free(whole);
  }
  program().is_ready = true;
}

}  // namespace carrel::ingest
