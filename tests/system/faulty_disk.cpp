// The calls that change files, between everybody in this process and the C library.
#include "tests/system/faulty_disk.h"

#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <mutex>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace carrel::testing {
namespace {

struct Disk {
  std::mutex mutex;  // guards all but is_armed
  std::string root;
  FaultKind kind = FaultKind::none;
  std::uint64_t nth = 0;
  std::uint64_t calls = 0;
  bool has_struck = false;
  std::string struck_at;
  std::string point;
  std::map<std::string, std::uint64_t> points;
};

std::atomic<bool> is_armed{false};

Disk& disk() {
  static Disk* const one = new Disk;  // outlives every destructor that still writes
  return *one;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// Paths of files that come and go under other names are one point: originals/ab/cd... and 17.json.
std::string point_name(const char* operation, std::string_view below) {
  std::string out = std::string(operation) + ' ';
  std::string word;
  const auto flush = [&] {
    std::size_t digits = 0;
    for (const char c : word) digits += std::isdigit(static_cast<unsigned char>(c)) != 0 ? 1 : 0;
    const bool is_hash = word.size() >= 2 &&
                         word.find_first_not_of("0123456789abcdef") == std::string::npos &&
                         (digits > 0 || word.size() == 2);
    out += is_hash || (digits > 0 && digits == word.size()) ? "*" : word;
    word.clear();
  };
  for (const char c : below) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += c;
      continue;
    }
    flush();
    out += c;
  }
  flush();
  return out;
}

bool is_write(const char* operation) { return std::strstr(operation, "write") != nullptr; }

enum class Verdict : std::uint8_t { go, fail, cut_short, kill_after };

Verdict judge(const char* operation, const char* path) {
  Disk& d = disk();
  const std::lock_guard lock(d.mutex);
  const std::string_view all = path;
  if (!is_armed || !all.starts_with(d.root) ||
      (all.size() > d.root.size() && all[d.root.size()] != '/'))
    return Verdict::go;
  const std::string name =
      point_name(operation, all.size() > d.root.size() ? all.substr(d.root.size() + 1) : "");
  ++d.points[name];
  if (!d.point.empty() && name != d.point) return Verdict::go;
  ++d.calls;
  if (d.kind == FaultKind::none) return Verdict::go;
  const bool is_first = d.calls == d.nth;
  if (is_first) {
    d.has_struck = true;
    d.struck_at = name;
  }
  switch (d.kind) {
    case FaultKind::fail_once:
      errno = EIO;
      return is_first ? Verdict::fail : Verdict::go;
    case FaultKind::full: {
      const bool takes_room = is_write(operation) || std::strcmp(operation, "create") == 0 ||
                              std::strcmp(operation, "mkdir") == 0 ||
                              std::strcmp(operation, "allocate") == 0 ||
                              std::strcmp(operation, "copy") == 0;
      if (d.calls < d.nth || !takes_room) return Verdict::go;
      errno = ENOSPC;
      return is_first && is_write(operation) ? Verdict::cut_short : Verdict::fail;
    }
    case FaultKind::read_only:
      errno = EROFS;
      return d.calls >= d.nth ? Verdict::fail : Verdict::go;
    case FaultKind::kill_before:
      if (is_first) ::kill(::getpid(), SIGKILL);
      return Verdict::go;
    case FaultKind::kill_after:
      return is_first ? Verdict::kill_after : Verdict::go;
    case FaultKind::none:
      break;
  }
  return Verdict::go;
}

Verdict judge(const char* operation, int fd) {
  if (!is_armed) return Verdict::go;
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  char path[4096];
  const ssize_t n = ::readlink(link, path, sizeof path - 1);
  if (n <= 0 || path[0] != '/') return Verdict::go;  // a pipe or a socket
  path[n] = '\0';
  return judge(operation, path);
}

Verdict judge_at(const char* operation, int folder, const char* path) {
  if (!is_armed) return Verdict::go;
  if (path[0] == '/') return judge(operation, path);
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
  char base[4096];
  const ssize_t n = folder == AT_FDCWD ? -1 : ::readlink(link, base, sizeof base - 1);
  if (n <= 0) return Verdict::go;
  return judge(operation, (std::string(base, static_cast<std::size_t>(n)) + "/" + path).c_str());
}

// Does the call, and dies afterwards where that was asked for.
template <class Call>
auto carry_out(Verdict verdict, const Call& call) -> decltype(call()) {
  if (verdict == Verdict::fail) return -1;
  const auto result = call();
  if (verdict == Verdict::kill_after) ::kill(::getpid(), SIGKILL);
  return result;
}

// A full disk takes the first half of what it was given.
template <class Call>
ssize_t carry_out_write(Verdict verdict, std::size_t size, const Call& call) {
  if (verdict == Verdict::cut_short && size > 1) return call(size / 2);
  if (verdict == Verdict::cut_short) return -1;
  return carry_out(verdict, [&] { return call(size); });
}

bool creates(const char* path, int flags) {
  struct stat info {};
  return (flags & O_CREAT) != 0 && ::lstat(path, &info) != 0;
}

int open_judged(const char* name, const char* path, int flags, mode_t mode) {
  const auto call = real<int (*)(const char*, int, ...)>(name);
  if (!is_armed || !creates(path, flags)) return call(path, flags, mode);
  return carry_out(judge("create", path), [&] { return call(path, flags, mode); });
}

}  // namespace

FaultyDisk::FaultyDisk(const FaultPlan& plan) {
  Disk& d = disk();
  const std::lock_guard lock(d.mutex);
  d.root = std::filesystem::weakly_canonical(plan.root).string();
  d.kind = plan.kind;
  d.nth = plan.nth;
  d.point = plan.point;
  d.calls = 0;
  d.has_struck = false;
  d.struck_at.clear();
  d.points.clear();
  is_armed = true;
}

FaultyDisk::~FaultyDisk() { is_armed = false; }

bool FaultyDisk::has_struck() const {
  const std::lock_guard lock(disk().mutex);
  return disk().has_struck;
}
std::uint64_t FaultyDisk::calls() const {
  const std::lock_guard lock(disk().mutex);
  return disk().calls;
}
std::string FaultyDisk::struck_at() const {
  const std::lock_guard lock(disk().mutex);
  return disk().struck_at;
}
std::map<std::string, std::uint64_t> FaultyDisk::points() const {
  const std::lock_guard lock(disk().mutex);
  return disk().points;
}

}  // namespace carrel::testing

// What the linker finds before the C library's. Signatures are the C library's own.
using namespace carrel::testing;

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_judged("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  return open_judged("open64", path, flags, mode);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  static const auto call = real<ssize_t (*)(int, const void*, size_t)>("write");
  return carry_out_write(judge("write", fd), size, [&](size_t n) { return call(fd, bytes, n); });
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  static const auto call = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return carry_out_write(judge("write", fd), size,
                         [&](size_t n) { return call(fd, bytes, n, at); });
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  static const auto call = real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return carry_out_write(judge("write", fd), size,
                         [&](size_t n) { return call(fd, bytes, n, at); });
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto call = real<ssize_t (*)(int, const iovec*, int)>("writev");
  const Verdict verdict = judge("write", fd);
  return carry_out(verdict == Verdict::cut_short ? Verdict::fail : verdict,
                   [&] { return call(fd, parts, count); });
}

ssize_t sendfile(int to, int from, off_t* at, size_t size) {
  static const auto call = real<ssize_t (*)(int, int, off_t*, size_t)>("sendfile");
  return carry_out(judge("copy", to), [&] { return call(to, from, at, size); });
}

int fsync(int fd) {
  static const auto call = real<int (*)(int)>("fsync");
  return carry_out(judge("sync", fd), [&] { return call(fd); });
}

int fdatasync(int fd) {
  static const auto call = real<int (*)(int)>("fdatasync");
  return carry_out(judge("sync", fd), [&] { return call(fd); });
}

int syncfs(int fd) noexcept {
  static const auto call = real<int (*)(int)>("syncfs");
  return carry_out(judge("sync", fd), [&] { return call(fd); });
}

int ftruncate(int fd, off_t size) noexcept {
  static const auto call = real<int (*)(int, off_t)>("ftruncate");
  return carry_out(judge("truncate", fd), [&] { return call(fd, size); });
}

int ftruncate64(int fd, off64_t size) noexcept {
  static const auto call = real<int (*)(int, off64_t)>("ftruncate64");
  return carry_out(judge("truncate", fd), [&] { return call(fd, size); });
}

int posix_fallocate(int fd, off_t from, off_t bytes) {
  static const auto call = real<int (*)(int, off_t, off_t)>("posix_fallocate");
  const auto result = carry_out(judge("allocate", fd), [&] { return call(fd, from, bytes); });
  return result == -1 ? errno : result;  // this one returns the reason
}

int posix_fallocate64(int fd, off64_t from, off64_t bytes) {
  static const auto call = real<int (*)(int, off64_t, off64_t)>("posix_fallocate64");
  const auto result = carry_out(judge("allocate", fd), [&] { return call(fd, from, bytes); });
  return result == -1 ? errno : result;
}

int rename(const char* from, const char* to) noexcept {
  static const auto call = real<int (*)(const char*, const char*)>("rename");
  return carry_out(judge("rename", to), [&] { return call(from, to); });
}

int unlink(const char* path) noexcept {
  static const auto call = real<int (*)(const char*)>("unlink");
  return carry_out(judge("remove", path), [&] { return call(path); });
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  static const auto call = real<int (*)(int, const char*, int)>("unlinkat");
  return carry_out(judge_at("remove", folder, path), [&] { return call(folder, path, flags); });
}

int remove(const char* path) noexcept {
  static const auto call = real<int (*)(const char*)>("remove");
  return carry_out(judge("remove", path), [&] { return call(path); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  static const auto call = real<int (*)(const char*, mode_t)>("mkdir");
  struct stat info {};
  if (!is_armed || ::lstat(path, &info) == 0) return call(path, mode);
  return carry_out(judge("mkdir", path), [&] { return call(path, mode); });
}

}  // extern "C"
