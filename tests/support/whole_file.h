// tests/support/whole_file.h
//
// All the bytes of a file that is handed out in pieces.
#pragma once

#include <array>
#include <span>
#include <string>

namespace carrel::testing {

// File has read(std::span<char>) -> how many bytes were put in; 0 at the end.
template <class File>
std::string whole(File file) {
  std::string out;
  std::array<char, 65536> piece;
  while (const std::size_t n = file.read(std::span<char>(piece))) out.append(piece.data(), n);
  return out;
}

}  // namespace carrel::testing
