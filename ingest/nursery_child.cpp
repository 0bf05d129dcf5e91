// The nursery's own side: the loop that forks, watches and buries, and what a child does with its
// request once it is confined.
#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <new>
#include <optional>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ingest/nursery.h"
#include "ingest/nursery_probe.h"
#include "ingest/parse_formats.h"
#include "ingest/sandbox.h"

namespace carrel::ingest {
namespace {

struct Handed {
  FileDescriptor channel, document, report;
};

struct Child {
  FileDescriptor report;      // where its end is told; an error here means nobody waits any more
  FileDescriptor last_words;  // its standard error
};

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(1);  // the other side has gone
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string read_request(int fd) {
  std::string out;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t n = read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(n));
    if (out.size() > kRequestBytesMax) _exit(1);
  }
}

// The document's bytes, mapped for reading; valid until the process ends.
std::string_view map_document(int fd) {
  const off_t size = lseek(fd, 0, SEEK_END);
  if (size <= 0) return {};
  void* at = mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  return {static_cast<const char*>(at), static_cast<std::size_t>(size)};
}

std::string answer_to(const ChildRequest& request, int document, const Sandbox& sandbox) {
  switch (request.kind) {
    case RequestKind::parse:
      return encode_answer(parse_any(map_document(document), request.name, request.limits));
    case RequestKind::draw:
      return encode_answer(
          render_pdf_page(map_document(document), request.page, request.boxes, request.dpi));
    case RequestKind::report:
      return encode_answer(sandbox.missing());
    case RequestKind::probe:
      return encode_answer(std::vector<std::string>{probe_wall(request.name)});
  }
  throw Error(ErrorCode::invalid_argument, "no such request");
}

std::string answer_or_error(const ChildRequest& request, int document, const Sandbox& sandbox) {
  try {
    return answer_to(request, document, sandbox);
  } catch (const Error& error) {
    return encode_answer(error);
  } catch (const std::bad_alloc&) {
    return encode_answer(
        Error(ErrorCode::too_large, "the parser ran out of its " +
                                        std::to_string(request.limits.memory_bytes_max >> 20) +
                                        " MB of memory"));
  } catch (const std::exception&) {
    // What a library throws may quote the document, so its words stay here.
    return encode_answer(
        Error(ErrorCode::invalid_argument, "the file is broken: its parser gave up"));
  }
}

[[noreturn]] void run_child(const Handed& handed, int standard_error, Sandbox& sandbox) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_IGN);
  dup2(standard_error, STDERR_FILENO);
  try {
    const ChildRequest request = decode_request(read_request(handed.channel.get()));
    SandboxLimits limits;
    limits.memory_bytes_max = request.limits.memory_bytes_max;
    limits.cpu_seconds_max = static_cast<std::uint64_t>(
        std::max<std::int64_t>(request.limits.time_max.count(), 0) / 1000 + 2);
    sandbox.enter(limits, {handed.channel.get(), handed.document.get()});
    write_all(handed.channel.get(), answer_or_error(request, handed.document.get(), sandbox));
    _exit(0);  // at once: nothing here is worth the time of destructors
  } catch (...) {
    _exit(2);  // the request itself was not whole
  }
}

std::optional<Handed> receive(int control) {
  std::array<int, 3> fds = {-1, -1, -1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fds)> space{};
  char byte = 0;
  iovec data{&byte, 1};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = space.data();
  message.msg_controllen = space.size();
  ssize_t n = 0;
  do {
    n = recvmsg(control, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  const cmsghdr* header = n == 1 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof fds))
    return std::nullopt;
  std::memcpy(fds.data(), CMSG_DATA(header), sizeof fds);
  return Handed{FileDescriptor(fds[0]), FileDescriptor(fds[1]), FileDescriptor(fds[2])};
}

bool mentions(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

// Tells how a child ended. A pipe takes this much without waiting.
void tell_end(const Child& child, int wait_status) {
  ChildEnd end;
  end.wait_status = wait_status;
  std::array<char, 4096> words{};
  const ssize_t n = read(child.last_words.get(), words.data(), words.size());
  if (n > 0) {
    const std::string_view said(words.data(), static_cast<std::size_t>(n));
    // poppler's allocator says the first, the C++ runtime the second.
    const bool is_memory = mentions(said, "Out of memory") || mentions(said, "bad_alloc");
    end.said_out_of_memory = is_memory ? 1 : 0;
    if (said.starts_with("sandbox: "))
      std::memcpy(end.last_words, said.data(), std::min(said.size(), sizeof end.last_words - 1));
  }
  static_cast<void>(!write(child.report.get(), &end, sizeof end));  // nobody may be left to hear it
}

class Loop {
 public:
  Loop(int control, Sandbox sandbox) : control_(control), sandbox_(std::move(sandbox)) {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigprocmask(SIG_BLOCK, &wanted, nullptr);
    ended_ = FileDescriptor(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  // Until the other side goes; children die with us.
  void run() {
    while (ended_) {
      std::vector<pollfd> wait = {{control_, POLLIN, 0}, {ended_.get(), POLLIN, 0}};
      std::vector<pid_t> pids;
      for (const auto& [pid, child] : children_) {
        wait.push_back({child.report.get(), 0, 0});
        pids.push_back(pid);
      }
      if (poll(wait.data(), wait.size(), -1) < 0 && errno != EINTR) return;
      if (wait[1].revents != 0) bury();
      for (std::size_t i = 0; i < pids.size(); ++i)
        if (wait[i + 2].revents != 0 && children_.contains(pids[i])) kill(pids[i], SIGKILL);
      if (wait[0].revents != 0 && !accept()) return;
    }
  }

 private:
  void bury() {
    signalfd_siginfo news;
    while (read(ended_.get(), &news, sizeof news) > 0) {
    }
    int status = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto found = children_.find(pid);
      if (found == children_.end()) continue;
      tell_end(found->second, status);
      children_.erase(found);
    }
  }

  bool accept() {
    std::optional<Handed> handed = receive(control_);
    if (!handed) return false;
    std::array<int, 2> words{};
    if (pipe2(words.data(), O_CLOEXEC | O_NONBLOCK) != 0) return true;  // its report pipe closes
    FileDescriptor words_from(words[0]);
    const FileDescriptor words_to(words[1]);
    const pid_t pid = fork();
    if (pid == 0) run_child(*handed, words_to.get(), sandbox_);
    if (pid > 0) children_[pid] = Child{std::move(handed->report), std::move(words_from)};
    return true;
  }

  int control_;
  Sandbox sandbox_;
  FileDescriptor ended_;
  std::map<pid_t, Child> children_;
};

// Standard input and output lead nowhere, whether or not there is a /dev here.
void detach_standard_streams() {
  int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nowhere < 0) nowhere = memfd_create("nowhere", MFD_CLOEXEC);
  if (nowhere < 0) _exit(1);
  dup2(nowhere, STDIN_FILENO);
  dup2(nowhere, STDOUT_FILENO);
  if (nowhere > STDERR_FILENO) close(nowhere);
}

// Libraries grumble to standard error about a machine without a home folder or a cache of fonts,
// which is how it should be here.
void warm_quietly() {
  const FileDescriptor loud(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  dup2(STDOUT_FILENO, STDERR_FILENO);
  warm_parsers();
  if (loud) dup2(loud.get(), STDERR_FILENO);
}

}  // namespace

void serve_nursery(int control, WallSet without) {
  try {
    detach_standard_streams();
    if (!without.has(Wall::environment)) clearenv();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT,
           SIG_IGN);  // a terminal's Ctrl-C is for the program we serve; it tells us by leaving
    fcntl(control, F_SETFD, FD_CLOEXEC);
    warm_quietly();
    Loop(control, Sandbox::prepare(without)).run();
    _exit(0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "carrel: the parsers' process cannot start: %s\n", error.what());
    _exit(1);
  }
}

}  // namespace carrel::ingest
