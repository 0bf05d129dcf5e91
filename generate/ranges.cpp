#include "generate/ranges.h"

#include <charconv>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace carrel::generate {
namespace {

using Lexicon = std::unordered_set<std::string_view>;

// What stands between two bounds: "to", or a dash of any length.
bool joins(std::string_view between) {
  return between.find_first_not_of(" -\xE2\x80\x93\x94") == std::string_view::npos &&
         between.find_first_not_of(' ') != std::string_view::npos;
}

}  // namespace

std::optional<double> amount_of(std::string_view term) {
  static const std::unordered_map<std::string_view, double> names = {
      {"two", 2},     {"three", 3},   {"four", 4},   {"five", 5},    {"six", 6},    {"seven", 7},
      {"eight", 8},   {"nine", 9},    {"ten", 10},   {"eleven", 11}, {"twelv", 12}, {"fifteen", 15},
      {"twenti", 20}, {"thirti", 30}, {"forti", 40}, {"fifti", 50},  {"sixti", 60}, {"nineti", 90}};
  if (const auto named = names.find(term); named != names.end()) return named->second;
  double value = 0;
  const auto [end, error] = std::from_chars(term.data(), term.data() + term.size(), value);
  if (error != std::errc{} || end != term.data() + term.size()) return std::nullopt;
  const bool is_year = term.size() == 4 && value >= 1900 && value < 2100;
  if (is_year || value < 0) return std::nullopt;
  return value;
}

std::vector<AmountRange> amount_ranges(std::string_view text, const std::vector<Word>& words) {
  static const Lexicon upper = {"up",    "below",  "under", "most",      "maximum",
                                "until", "within", "less",  "exceeding", "fewer"};
  static const Lexicon lower = {"above",   "over", "more",   "least",
                                "minimum", "from", "beyond", "greater"};
  static const Lexicon between = {"to", "and", "than", "eur", "usd", "gbp", "euro", "of", "the"};
  std::vector<AmountRange> out;
  constexpr double kNone = -1;
  double before = kNone;  // an amount that only joining words part from here
  std::size_t before_end = 0;
  bool is_joined = false, is_upper = false, is_lower = false, is_denied = false;
  for (const Word& word : words) {
    const std::string shown = Analyzer::fold(text.substr(word.span.begin, word.span.size()));
    const std::optional<double> amount = amount_of(word.term);
    if (!amount) {
      if (shown == "to" || shown == "and") is_joined = before != kNone;
      if (!between.contains(shown)) before = kNone;
      is_denied = shown == "not" || shown == "no" || (is_denied && between.contains(shown));
      const bool holds = between.contains(shown);
      is_upper = upper.contains(shown) || (is_upper && holds);
      is_lower = lower.contains(shown) || (is_lower && holds);
      if (shown == "exceeding" && !is_denied) is_upper = false, is_lower = true;
      continue;
    }
    if (before != kNone &&
        (is_joined || joins(text.substr(before_end, word.span.begin - before_end)))) {
      if (before < *amount) out.push_back({before, *amount, word.position});
    } else if (is_upper) {
      out.push_back({0, *amount, word.position});
    } else if (is_lower || text.substr(word.span.end).starts_with("+")) {
      out.push_back({*amount, std::numeric_limits<double>::infinity(), word.position});
    }
    before = *amount;
    before_end = word.span.end;
    is_joined = is_upper = is_lower = is_denied = false;
  }
  return out;
}

}  // namespace carrel::generate
