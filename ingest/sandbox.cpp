#include "ingest/sandbox.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace carrel::ingest {
namespace {

constexpr unsigned kNobody = 65534;
constexpr rlim_t kDescriptorsMax = 32;

// Landlock (Linux 5.13) by number and layout, because Debian 12's headers know only its first
// version.
constexpr long kLandlockCreateRuleset = 444;
constexpr long kLandlockAddRule = 445;
constexpr long kLandlockRestrictSelf = 446;
constexpr std::uint64_t kReadFile = 1ULL << 2;
constexpr std::uint64_t kReadDirectory = 1ULL << 3;

struct LandlockRuleset {
  std::uint64_t files = 0;
  std::uint64_t network = 0;  // from version 4
  std::uint64_t scopes = 0;   // from version 6: abstract sockets and signals
};
struct __attribute__((packed)) LandlockPathRule {
  std::uint64_t allowed = 0;
  std::int32_t parent_fd = -1;
};

// What drawing and reading pages may open. All of it is installed software, none of it documents.
constexpr std::array kReadablePaths = {"/usr/share/fonts",    "/usr/local/share/fonts",
                                       "/usr/share/poppler",  "/usr/share/fontconfig",
                                       "/etc/fonts",          "/var/cache/fontconfig",
                                       "/usr/share/tessdata", "/usr/share/tesseract-ocr"};

[[noreturn]] void fail(const char* wall) {
  // Standard error goes to the nursery, which hands its last words to the operator.
  std::fprintf(stderr, "sandbox: %s: %s\n", wall, std::strerror(errno));
  _exit(126);
}

void require(bool is_done, const char* wall) {
  if (!is_done) fail(wall);
}

FileDescriptor open_landlock_rules() {
  const long version = syscall(kLandlockCreateRuleset, nullptr, 0, 1U);
  if (version < 1) return {};
  LandlockRuleset wanted;
  constexpr std::array<int, 6> rights = {0, 13, 14, 15, 15, 16};  // by version: how many exist
  wanted.files = (1ULL << rights[static_cast<std::size_t>(std::min(version, 5L))]) - 1;
  std::size_t size = sizeof(std::uint64_t);
  if (version >= 4) {
    wanted.network = 3;  // bind and connect
    size = 2 * sizeof(std::uint64_t);
  }
  if (version >= 6) {
    wanted.scopes = 3;
    size = 3 * sizeof(std::uint64_t);
  }
  FileDescriptor rules(static_cast<int>(syscall(kLandlockCreateRuleset, &wanted, size, 0U)));
  if (!rules) return {};
  for (const char* path : kReadablePaths) {
    const FileDescriptor directory(open(path, O_PATH | O_CLOEXEC | O_DIRECTORY));
    if (!directory) continue;  // not installed
    LandlockPathRule rule{kReadFile | kReadDirectory, directory.get()};
    if (syscall(kLandlockAddRule, rules.get(), 1, &rule, 0U) != 0) return {};
  }
  return rules;
}

bool leave_network() {
  constexpr int wanted = CLONE_NEWNET | CLONE_NEWIPC;
  if (unshare(wanted) == 0) return true;
  // Without privileges the way leads through a user namespace, where the machine allows one.
  return unshare(CLONE_NEWUSER | wanted) == 0;
}

std::uint64_t mapped_bytes() {
  const FileDescriptor file(open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  char text[64] = {};
  if (!file || read(file.get(), text, sizeof text - 1) <= 0) return 512ULL << 20;  // no /proc here
  return std::strtoull(text, nullptr, 10) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void limit(__rlimit_resource resource, rlim_t value, const char* wall) {
  const rlimit both{value, value};
  require(setrlimit(resource, &both) == 0, wall);
}

void close_all_but(std::vector<int> keep) {
  std::sort(keep.begin(), keep.end());
  unsigned from = 3;
  for (const int fd : keep) {
    const auto kept = static_cast<unsigned>(fd);
    if (kept > from) require(close_range(from, kept - 1, 0) == 0, "closing descriptors");
    from = std::max(from, kept + 1);
  }
  require(close_range(from, ~0U, 0) == 0, "closing descriptors");
}

void become_nobody() {
  // Refused without CAP_SETPCAP, and then of no use to an attacker either: no_new_privs is set.
  for (unsigned long capability = 0; capability < 64; ++capability)
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  if (geteuid() == 0) {
    // May fail where only one user id exists (some containers); dropping capabilities below cannot.
    const bool is_done = setgroups(0, nullptr) == 0 && setresgid(kNobody, kNobody, kNobody) == 0 &&
                         setresuid(kNobody, kNobody, kNobody) == 0;
    static_cast<void>(is_done);
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> none{};
  require(syscall(SYS_capset, &header, none.data()) == 0, "dropping capabilities");
}

bool load_filter(const sock_filter* instructions, std::size_t count) {
  sock_fprog program{static_cast<unsigned short>(count), const_cast<sock_filter*>(instructions)};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0U, &program) == 0;
}

// tgkill() passes for this process's own id alone: abort() needs it, and nobody else is reached.
bool forbid_signals_to_others() {
  const auto self = static_cast<std::uint32_t>(getpid());
  constexpr auto number = static_cast<std::uint32_t>(offsetof(seccomp_data, nr));
  constexpr auto first_argument = static_cast<std::uint32_t>(offsetof(seccomp_data, args));
  const std::array<sock_filter, 6> program = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 3),
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, first_argument),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, self, 1, 0),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  return load_filter(program.data(), program.size());
}

}  // namespace

Sandbox Sandbox::prepare(WallSet without) {
  Sandbox sandbox;
  sandbox.without_ = without;
  if (sandbox.has(Wall::network) && !leave_network())
    sandbox.missing_.push_back(
        "network namespace: refused to this user; connections stay blocked by the system call "
        "filter");
  if (sandbox.has(Wall::files)) sandbox.rules_ = open_landlock_rules();
  if (!sandbox.rules_)
    sandbox.missing_.push_back(
        "Landlock: the kernel has none or it is switched off; parsers open no file at all, and "
        "pages "
        "whose fonts are not in the PDF are drawn without them");
  sandbox.filter_ = compile_seccomp_filter(static_cast<bool>(sandbox.rules_));
  if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
    sandbox.missing_.push_back("seccomp: the kernel has none; system calls are not filtered");
#ifdef CARREL_SANITIZED
  sandbox.missing_.push_back("memory limit: a build with sanitizers cannot live under one");
#endif
  sandbox.mapped_bytes_ = mapped_bytes();
  return sandbox;
}

void Sandbox::enter(const SandboxLimits& limits, const std::vector<int>& keep) {
  std::vector<int> open = keep;
  if (rules_) open.push_back(rules_.get());
  if (has(Wall::inheritance)) close_all_but(open);
  require(chdir("/") == 0, "leaving the working folder");
  if (has(Wall::new_privileges))
    require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
  if (has(Wall::identity)) become_nobody();
  // After the change of user, which clears both.
  require(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0, "dying with the nursery");
  require(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "hiding memory");
  limit_resources(limits);
  if (rules_) {
    require(syscall(kLandlockRestrictSelf, rules_.get(), 0U) == 0, "Landlock");
    rules_ = FileDescriptor();
  }
  if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) return;  // named in missing()
  if (has(Wall::signals)) require(forbid_signals_to_others(), "system call filter");
  if (has(Wall::system_calls))
    require(load_filter(reinterpret_cast<const sock_filter*>(filter_.data()),
                        filter_.size() / sizeof(sock_filter)),
            "system call filter");
}

void Sandbox::limit_resources(const SandboxLimits& limits) const {
  limit(RLIMIT_CORE, 0, "core limit");
  if (has(Wall::file_size)) limit(RLIMIT_FSIZE, 0, "file size limit");
  if (has(Wall::descriptors)) limit(RLIMIT_NOFILE, kDescriptorsMax, "descriptor limit");
  if (has(Wall::processes)) limit(RLIMIT_NPROC, 0, "process limit");
  if (has(Wall::processor))
    limit(RLIMIT_CPU, std::max<rlim_t>(limits.cpu_seconds_max, 1), "processor limit");
#ifndef CARREL_SANITIZED
  if (has(Wall::memory)) limit(RLIMIT_AS, mapped_bytes_ + limits.memory_bytes_max, "memory limit");
#else
  static_cast<void>(limits);
#endif
}

}  // namespace carrel::ingest
