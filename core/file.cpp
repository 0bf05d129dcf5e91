#include "core/file.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"

namespace carrel {
namespace {

[[noreturn]] void fail(const std::string& doing, const std::filesystem::path& file) {
  const int error = errno;
  std::string what = doing + " " + file.string() + ": " + std::strerror(error);
  if (error == ENOSPC) what += "; free some disk space and try again";
  throw Error(error == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable, what);
}

void write_all(int fd, std::string_view bytes, const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write", file);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

int FileDescriptor::release() { return std::exchange(fd_, -1); }

std::string read_file(const std::filesystem::path& file, std::size_t bytes_max) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) fail("cannot open", file);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) fail("cannot read", file);
  if (!S_ISREG(info.st_mode))
    throw Error(ErrorCode::invalid_argument, file.string() + " is not a regular file");
  if (static_cast<std::uint64_t>(info.st_size) > bytes_max)
    throw Error(ErrorCode::too_large, file.string() + " has " + std::to_string(info.st_size) +
                                          " bytes; the limit is " + std::to_string(bytes_max));
  std::string out(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t n = ::read(fd.get(), out.data() + filled, out.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot read", file);
    if (n == 0) break;
    filled += static_cast<std::size_t>(n);
  }
  out.resize(filled);
  return out;
}

namespace {

void replace_file(const std::filesystem::path& file, std::string_view bytes, bool sync) {
  static std::atomic<unsigned> counter{0};
  std::filesystem::path aside = file;
  aside += ".new-" + std::to_string(::getpid()) + "-" + std::to_string(++counter);
  const FileDescriptor fd(::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) fail("cannot create", aside);
  try {
    write_all(fd.get(), bytes, file);
    if (sync && ::fsync(fd.get()) != 0) fail("cannot sync", file);
    if (::rename(aside.c_str(), file.c_str()) != 0) fail("cannot rename to", file);
  } catch (...) {
    ::unlink(aside.c_str());
    throw;
  }
}

}  // namespace

void replace_file_unsynced(const std::filesystem::path& file, std::string_view bytes) {
  replace_file(file, bytes, false);
}

void write_file_atomically(const std::filesystem::path& file, std::string_view bytes) {
  replace_file(file, bytes, true);
  const FileDescriptor folder(
      ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) fail("cannot sync the folder of", file);
}

void make_private_directory(const std::filesystem::path& directory) {
  std::error_code ec;
  if (std::filesystem::is_directory(directory, ec)) return;
  std::filesystem::create_directories(directory.parent_path(), ec);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    fail("cannot create the folder", directory);
}

std::optional<LockFile> LockFile::try_acquire(const std::filesystem::path& file) {
  FileDescriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) fail("cannot open", file);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    fail("cannot lock", file);
  }
  if (::ftruncate(fd.get(), 0) != 0) fail("cannot write", file);
  write_all(fd.get(), std::to_string(::getpid()) + "\n", file);
  return LockFile(std::move(fd));
}

}  // namespace carrel
