#include "index/original_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/seal.h"

namespace carrel::index {

namespace {

std::size_t read_at(int fd, std::span<char> out, std::uint64_t at) {
  ssize_t n = 0;
  do {
    n = ::pread(fd, out.data(), out.size(), static_cast<off_t>(at));
  } while (n < 0 && errno == EINTR);
  if (n < 0)
    throw Error(ErrorCode::unavailable,
                std::string("an original cannot be read: ") + std::strerror(errno));
  return static_cast<std::size_t>(n);
}

}  // namespace

OriginalFile::OriginalFile(const std::filesystem::path& file, const Digest& sha256)
    : file_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {
  if (!file_)
    throw Error(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                std::string("an original cannot be read: ") + std::strerror(errno));
  std::array<char, kSealHeaderBytes> head{};
  const std::size_t n = read_at(file_.get(), head, 0);
  check_seal_header(std::string_view(head.data(), n));
  begin_ = kSealHeaderBytes;
  Sha256 hash;
  std::vector<char> piece(256 << 10);
  while (const std::size_t got = read_at(file_.get(), piece, begin_ + size_)) {
    hash.update(bytes_of({piece.data(), got}));
    size_ += got;
  }
  if (hash.finish() != sha256)
    throw Error(ErrorCode::corrupt, "stored bytes fail their checksum; run 'carrel verify'");
}

std::size_t OriginalFile::read(std::span<char> out) {
  const std::size_t n = read_at(file_.get(), out, begin_ + at_);
  at_ += n;
  return n;
}

}  // namespace carrel::index
