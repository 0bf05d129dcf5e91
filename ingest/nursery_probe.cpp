#include "ingest/nursery_probe.h"

#include <atomic>
#include <cstring>
#include <ctime>
#include <vector>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/error.h"

namespace carrel::ingest {
namespace {

std::string outcome(bool is_done) { return is_done ? "done" : strerrorname_np(errno); }

std::string open_file(const std::string& path, int flags) {
  return outcome(open(path.c_str(), flags, 0600) >= 0);
}

std::string allocate(std::size_t megabytes) {
  std::vector<std::string> held;
  for (std::size_t i = 0; i < megabytes; ++i) held.emplace_back(1U << 20, 'x');
  return "done";
}

std::string open_descriptors() {
  std::string out;
  for (int fd = 3; fd < 1024; ++fd)
    if (fcntl(fd, F_GETFD) >= 0) out += std::to_string(fd) + " ";
  return out;
}

std::string map_executable() {
  void* at =
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return outcome(at != MAP_FAILED);
}

// Answers nonsense on every descriptor it holds, as a parser that was taken over might.
std::string write_everywhere(std::size_t bytes) {
  signal(SIGXFSZ, SIG_IGN);  // the limit on file sizes would end it before it reaches the socket
  const std::string junk(bytes, '\xff');
  for (int fd = 1; fd < 1024; ++fd) static_cast<void>(!write(fd, junk.data(), junk.size()));
  _exit(0);
}

std::string fork_child() {
  const long pid = syscall(SYS_fork);
  if (pid == 0) _exit(0);
  return outcome(pid > 0);
}

std::string start_program() {
  char* const arguments[] = {const_cast<char*>("true"), nullptr};
  execve("/bin/true", arguments, nullptr);
  return outcome(false);
}

[[noreturn]] void spin() {
  for (;;) std::atomic_signal_fence(std::memory_order_seq_cst);
}

// Reserves address space without touching it: what is limited is the reservation.
std::string reserve(std::size_t megabytes) {
  void* at = mmap(nullptr, megabytes << 20, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return outcome(at != MAP_FAILED);
}

std::string connect_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<std::uint16_t>(port));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return outcome(fd >= 0 &&
                 connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
}

std::string grow_file(const std::string& path) {
  signal(SIGXFSZ, SIG_IGN);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT, 0600);
  return outcome(fd >= 0 && write(fd, "x", 1) == 1);
}

std::string open_many(int count) {
  for (int i = 0; i < count; ++i)
    if (dup(STDOUT_FILENO) < 0) return outcome(false);
  return "done";
}

std::string spin_for(int seconds) {
  const auto until = clock() + static_cast<clock_t>(seconds) * CLOCKS_PER_SEC;
  while (clock() < until) std::atomic_signal_fence(std::memory_order_seq_cst);
  return "done";
}

// Replaces this process by `program` with its own privileges; `path` is its argument. The program
// is a copy of test(1), whose status says whether it may read `path`.
std::string become(const std::string& program_and_path) {
  const std::size_t comma = program_and_path.find(',');
  std::string program = program_and_path.substr(0, comma);
  std::string path = program_and_path.substr(comma + 1);
  std::string name = "test";
  std::string flag = "-r";
  char* const arguments[] = {name.data(), flag.data(), path.data(), nullptr};
  execve(program.c_str(), arguments, nullptr);
  return outcome(false);
}

std::string try_simple(std::string_view what) {
  if (what == "socket") return outcome(socket(AF_INET, SOCK_STREAM, 0) >= 0);
  if (what == "unix_socket") return outcome(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
  if (what == "fork") return fork_child();
  if (what == "thread") return outcome(syscall(SYS_clone, CLONE_VM, nullptr, 0, 0, 0) >= 0);
  if (what == "exec") return start_program();
  if (what == "ptrace") return outcome(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0);
  if (what == "exec_memory") return map_executable();
  if (what == "spin") spin();
  if (what == "sleep") return outcome(usleep(3'600'000'000U) == 0);
  if (what == "crash") raise(SIGSEGV);
  if (what == "abort") abort();
  if (what == "environment") return environ == nullptr || *environ == nullptr ? "empty" : *environ;
  if (what == "descriptors") return open_descriptors();
  if (what == "user") return std::to_string(getuid()) + " " + std::to_string(geteuid());
  if (what == "forge") return write_everywhere(64);
  if (what == "flood") return write_everywhere(2ULL << 30);
  throw Error(ErrorCode::invalid_argument, "no such probe");
}

}  // namespace

std::string probe_wall(std::string_view attempt) {
  const std::size_t colon = attempt.find(':');
  const std::string_view what = attempt.substr(0, colon);
  const std::string with(colon == std::string_view::npos ? "" : attempt.substr(colon + 1));
  if (what == "open") return open_file(with, O_RDONLY);
  if (what == "write") return open_file(with, O_WRONLY | O_CREAT);
  if (what == "list") return outcome(opendir(with.c_str()) != nullptr);
  if (what == "kill") return outcome(kill(std::atoi(with.c_str()), 0) == 0);
  if (what == "tgkill") {
    const int pid = std::atoi(with.c_str());
    return outcome(syscall(SYS_tgkill, pid, pid, 0) == 0);
  }
  const int number = std::atoi(with.c_str());
  if (what == "reserve") return reserve(static_cast<std::size_t>(number));
  if (what == "connect") return connect_to(number);
  if (what == "grow") return grow_file(with);
  if (what == "dup") return open_many(number);
  if (what == "spin_for") return spin_for(number);
  if (what == "sleep_for") return outcome(usleep(static_cast<useconds_t>(number) * 1000) == 0);
  if (what == "become") return become(with);
  if (what == "flood_of") return write_everywhere(static_cast<std::size_t>(number) << 20);
  if (what == "allocate") return allocate(static_cast<std::size_t>(std::atoi(with.c_str())));
  return try_simple(what);
}

}  // namespace carrel::ingest
