#include <array>
#include <memory>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/error.h"
#include "ingest/sandbox.h"

namespace carrel::ingest {
namespace {

// What a parser that computes needs: memory, its own descriptors, clocks, and leaving.
constexpr std::array kAllowed = {
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(munmap), SCMP_SYS(mremap),
    SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(sched_yield),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(restart_syscall), SCMP_SYS(getpid),
    SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
    SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(getrlimit), SCMP_SYS(sysinfo),
    SCMP_SYS(uname), SCMP_SYS(sched_getaffinity), SCMP_SYS(exit), SCMP_SYS(exit_group),
    // Of its own process only: Sandbox::enter adds a filter on the process id, so that abort()
    // works.
    SCMP_SYS(tgkill)};

// Reading the names and bytes of files that Landlock lets through.
constexpr std::array kAllowedWithFiles = {
    SCMP_SYS(stat),       SCMP_SYS(lstat),    SCMP_SYS(newfstatat), SCMP_SYS(statx),
    SCMP_SYS(statfs),     SCMP_SYS(fstatfs),  SCMP_SYS(access),     SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getdents64),
    SCMP_SYS(getcwd)};

// No library calls these while it parses, not even to probe: whoever does is an intruder.
constexpr std::array kDeadly = {SCMP_SYS(execve),
                                SCMP_SYS(execveat),
                                SCMP_SYS(ptrace),
                                SCMP_SYS(process_vm_readv),
                                SCMP_SYS(process_vm_writev),
                                SCMP_SYS(bpf),
                                SCMP_SYS(kexec_load),
                                SCMP_SYS(init_module),
                                SCMP_SYS(finit_module),
                                SCMP_SYS(mount),
                                SCMP_SYS(umount2),
                                SCMP_SYS(pivot_root),
                                SCMP_SYS(chroot),
                                SCMP_SYS(unshare),
                                SCMP_SYS(setns),
                                SCMP_SYS(io_uring_setup),
                                SCMP_SYS(userfaultfd),
                                SCMP_SYS(perf_event_open),
                                SCMP_SYS(keyctl),
                                SCMP_SYS(add_key),
                                SCMP_SYS(personality),
                                SCMP_SYS(modify_ldt)};

// libseccomp's own macros for these are not C++.
scmp_arg_cmp has_none_of(unsigned argument, scmp_datum_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, 0};
}
scmp_arg_cmp equals(unsigned argument, scmp_datum_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}

class FilterBuilder {
 public:
  FilterBuilder() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
    check(context_ != nullptr);
    // An unknown architecture (32-bit calls from 64-bit code) kills, which is libseccomp's default.
    check(seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0);
  }

  template <class... Conditions>
  void add(std::uint32_t action, int call, Conditions... conditions) {
    const int rc =
        seccomp_rule_add(context_.get(), action, call, sizeof...(conditions), conditions...);
    // EDOM: this architecture has no such call, so nobody can make it.
    check(rc == 0 || rc == -EDOM);
  }

  std::string compile() const {
    const FileDescriptor memory(memfd_create("filter", MFD_CLOEXEC));
    check(memory.get() >= 0 && seccomp_export_bpf(context_.get(), memory.get()) == 0);
    std::string out(static_cast<std::size_t>(lseek(memory.get(), 0, SEEK_END)), '\0');
    check(pread(memory.get(), out.data(), out.size(), 0) == static_cast<ssize_t>(out.size()));
    return out;
  }

 private:
  static void check(bool is_done) {
    if (!is_done)
      throw Error(ErrorCode::unavailable, "the parsers' system call filter cannot be compiled");
  }
  struct Release {
    void operator()(void* context) const noexcept { seccomp_release(context); }
  };
  std::unique_ptr<void, Release> context_;
};

}  // namespace

std::string compile_seccomp_filter(bool may_open_files) {
  FilterBuilder filter;
  for (const int call : kAllowed) filter.add(SCMP_ACT_ALLOW, call);
  // Memory is never both written and run: no mapping becomes executable.
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), has_none_of(2, PROT_EXEC));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), has_none_of(2, PROT_EXEC));
  for (const int command : {F_GETFD, F_SETFD, F_GETFL})
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), equals(1, static_cast<scmp_datum_t>(command)));
  // Limits may be read, not changed.
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), equals(2, 0));
  if (may_open_files) {
    for (const int call : kAllowedWithFiles) filter.add(SCMP_ACT_ALLOW, call);
    constexpr scmp_datum_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(open), has_none_of(1, writing));
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(openat), has_none_of(2, writing));
  }
#ifdef CARREL_SANITIZED
  // The undefined-behaviour sanitizer asks the kernel through a pipe whether an address is
  // readable.
  for (const int call : {SCMP_SYS(pipe), SCMP_SYS(pipe2)}) filter.add(SCMP_ACT_ALLOW, call);
#endif
  for (const int call : kDeadly) filter.add(SCMP_ACT_KILL_PROCESS, call);
  return filter.compile();
}

}  // namespace carrel::ingest
