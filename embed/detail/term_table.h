// embed/detail/term_table.h
//
// Terms to dense numbers 0, 1, 2, ... in the order of their first appearance: one string of all
// bytes and an open-addressing table of 32-bit numbers, about a fifth of what std::unordered_map of
// std::string takes.
//
// Threads: const members may run on many threads at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carrel::embed::detail {

class TermTable {
 public:
  TermTable();

  // The term's number; a new one if it is new. Errors: too_large (4 GiB of terms).
  std::uint32_t add(std::string_view term);
  std::optional<std::uint32_t> find(std::string_view term) const;

  std::size_t size() const { return ends_.size(); }
  std::string_view term(std::uint32_t number) const;
  const std::string& bytes() const { return bytes_; }  // all terms, one after the other

 private:
  std::size_t slot_of(std::string_view term) const;  // its own, or the free one where it belongs
  void grow();

  std::string bytes_;
  std::vector<std::uint32_t> ends_;   // of each term in bytes_
  std::vector<std::uint32_t> slots_;  // number + 1, or 0: free; a power of two, half full at most
};

}  // namespace carrel::embed::detail
