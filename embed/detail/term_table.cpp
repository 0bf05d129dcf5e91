#include "embed/detail/term_table.h"

#include <limits>

#include "core/error.h"

namespace carrel::embed::detail {
namespace {

constexpr std::size_t kSlotsAtFirst = 1024;

// FNV-1a (Fowler, Noll and Vo), mixed once more because the low bits choose the slot.
std::uint64_t hash_of(std::string_view term) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : term) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash ^ (hash >> 29);
}

}  // namespace

TermTable::TermTable() : slots_(kSlotsAtFirst, 0) {}

std::string_view TermTable::term(std::uint32_t number) const {
  const std::size_t begin = number == 0 ? 0 : ends_[number - 1];
  return std::string_view(bytes_).substr(begin, ends_[number] - begin);
}

std::size_t TermTable::slot_of(std::string_view wanted) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_of(wanted) & mask;
  while (slots_[slot] != 0 && term(slots_[slot] - 1) != wanted) slot = (slot + 1) & mask;
  return slot;
}

std::optional<std::uint32_t> TermTable::find(std::string_view wanted) const {
  const std::uint32_t found = slots_[slot_of(wanted)];
  if (found == 0) return std::nullopt;
  return found - 1;
}

std::uint32_t TermTable::add(std::string_view wanted) {
  const std::size_t slot = slot_of(wanted);
  if (slots_[slot] != 0) return slots_[slot] - 1;
  if (wanted.size() > std::numeric_limits<std::uint32_t>::max() - bytes_.size())
    throw Error(ErrorCode::too_large,
                "the library holds too many different words to train on; lower "
                "training_chunks_max");
  bytes_ += wanted;
  ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  slots_[slot] = static_cast<std::uint32_t>(ends_.size());
  if (2 * ends_.size() > slots_.size()) grow();
  return static_cast<std::uint32_t>(ends_.size() - 1);
}

void TermTable::grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (std::uint32_t number = 0; number < ends_.size(); ++number)
    slots_[slot_of(term(number))] = number + 1;
}

}  // namespace carrel::embed::detail
