// index/original_file.h
//
// An original, read in pieces, so that handing out a large file costs no more memory than a small
// one. Opening checks the whole of it against its SHA-256 once, piece by piece.
//
// One thread. Ownership: owns its descriptor; the file may be removed meanwhile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "core/file.h"
#include "core/hash.h"

namespace carrel::index {

class OriginalFile {
 public:
  // Errors: not_found, corrupt (not sealed, or its hash is another), unavailable (key unknown).
  OriginalFile(const std::filesystem::path& file, const Digest& sha256);

  std::uint64_t size() const { return size_; }
  // How many bytes were put into `out`; 0 at the end. Errors: unavailable.
  std::size_t read(std::span<char> out);

 private:
  FileDescriptor file_;
  std::uint64_t begin_ = 0;  // of the payload in the file
  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;
};

}  // namespace carrel::index
