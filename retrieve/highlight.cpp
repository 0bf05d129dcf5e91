#include "retrieve/highlight.h"

#include <algorithm>

namespace carrel::retrieve {
namespace {

bool only_parts_words(std::string_view gap) {
  return gap.size() <= 2 && gap.find_first_not_of(" \t\n-") == std::string_view::npos;
}

std::uint64_t hash_of(std::string_view text) {  // FNV-1a
  std::uint64_t h = 0xCBF29CE484222325ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return h;
}

bool has_digit(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::vector<ByteRange> highlights(std::string_view text, const std::vector<Word>& words,
                                  const std::unordered_set<std::string_view>& terms) {
  std::vector<ByteRange> out;
  for (const Word& word : words) {
    if (!terms.contains(word.term)) continue;
    if (!out.empty() && word.span.begin <= out.back().end)
      out.back().end = std::max(out.back().end, word.span.end);
    else if (!out.empty() &&
             only_parts_words(text.substr(out.back().end, word.span.begin - out.back().end)))
      out.back().end = word.span.end;
    else
      out.push_back(word.span);
  }
  return out;
}

Fingerprint fingerprint(std::string_view text, const std::vector<Word>& words) {
  Fingerprint out;
  std::vector<std::uint64_t> hashes;
  hashes.reserve(words.size());
  for (const Word& word : words) {
    const std::string_view shown = text.substr(word.span.begin, word.span.size());
    hashes.push_back(hash_of(Analyzer::fold(shown)));
    if (has_digit(shown)) out.numbers = out.numbers * 0x9E3779B97F4A7C15ULL + hashes.back();
  }
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    std::uint64_t shingle = hashes[i];
    for (std::size_t j = i + 1; j < std::min(i + 3, hashes.size()); ++j)
      shingle = shingle * 0x9E3779B97F4A7C15ULL + hashes[j];
    out.shingles.push_back(shingle);
  }
  std::sort(out.shingles.begin(), out.shingles.end());
  out.shingles.erase(std::unique(out.shingles.begin(), out.shingles.end()), out.shingles.end());
  return out;
}

bool near_identical(const Fingerprint& a, const Fingerprint& b) {
  if (a.numbers != b.numbers || a.shingles.empty() || b.shingles.empty()) return false;
  std::size_t both = 0;
  for (std::size_t i = 0, j = 0; i < a.shingles.size() && j < b.shingles.size();) {
    if (a.shingles[i] == b.shingles[j])
      ++both, ++i, ++j;
    else if (a.shingles[i] < b.shingles[j])
      ++i;
    else
      ++j;
  }
  const std::size_t either = a.shingles.size() + b.shingles.size() - both;
  return static_cast<double>(both) >= kResemblanceMin * static_cast<double>(either);
}

}  // namespace carrel::retrieve
