#include "retrieve/spellings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "core/editions.h"

namespace carrel::retrieve {
namespace {

constexpr std::size_t kSpellingsMax = 32;
constexpr double kSame = 0.6;  // the same thing, and nothing else
constexpr double kPart = 0.3;  // a part of it, which stands for other things too

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Words that mean one unit; what is in the question brings the others of its row.
constexpr std::array<std::array<std::string_view, 4>, 17> kUnits = {{
    {"km", "kilometre", "kilometres", "kilometer"},
    {"kg", "kilogram", "kilograms", "kilo"},
    {"eur", "euro", "euros", ""},
    {"usd", "dollar", "dollars", ""},
    {"gbp", "pound", "pounds", "sterling"},
    {"chf", "franc", "francs", ""},
    {"kwh", "kilowatt-hour", "kilowatt hours", ""},
    {"mwh", "megawatt-hour", "megawatt hours", ""},
    {"gb", "gigabyte", "gigabytes", ""},
    {"mb", "megabyte", "megabytes", ""},
    {"tb", "terabyte", "terabytes", ""},
    {"percent", "percentage", "pct", ""},
    {"cm", "centimetre", "centimetres", "centimeter"},
    {"mm", "millimetre", "millimetres", "millimeter"},
    {"hr", "hrs", "hour", "hours"},
    {"min", "mins", "minute", "minutes"},
    {"sqm", "m2", "square metres", ""},
}};

class Spellings {
 public:
  Spellings(const Analyzer& analyzer, std::string_view question)
      : analyzer_(analyzer), question_(question), words_(analyzer.words(question)) {
    for (const Word& word : words_) own_.push_back(word.term);
  }

  std::vector<index::QueryTerm> take() {
    add_editions();
    for (std::size_t i = 0; i < words_.size(); ++i) {
      add_units(i);
      add_joined(i);
      add_grouped_number(i);
      add_large_number(i);
    }
    return std::move(out_);
  }

 private:
  std::string_view raw(std::size_t i) const {
    return question_.substr(words_[i].span.begin, words_[i].span.size());
  }
  std::string_view between(std::size_t i) const {  // word i and the next one
    return question_.substr(words_[i].span.end, words_[i + 1].span.begin - words_[i].span.end);
  }

  void add(std::string_view text, double weight) {
    for (const Word& word : analyzer_.words(text)) {
      const bool is_known =
          word.is_stop_word || out_.size() >= kSpellingsMax ||
          std::find(own_.begin(), own_.end(), word.term) != own_.end() ||
          std::any_of(out_.begin(), out_.end(),
                      [&](const index::QueryTerm& term) { return term.term == word.term; });
      if (!is_known) out_.push_back({word.term, weight});
    }
  }

  void add_editions() {
    static constexpr std::array<std::string_view, 12> kMonths = {
        "january", "february", "march",     "april",   "may",      "june",
        "july",    "august",   "september", "october", "november", "december"};
    for (const EditionMark& mark : find_editions(question_, 16)) {
      const std::string& value = mark.value;
      if (mark.kind == EditionKind::year) {
        add(value, kSame);
        if (mark.is_fiscal) add("fy" + value.substr(2) + " fy" + value, kSame);
      } else if (mark.kind == EditionKind::quarter) {
        add("q" + value, kSame);
      } else if (mark.kind == EditionKind::version) {
        add("v" + value + " " + value, kPart);
      } else if (mark.kind == EditionKind::month) {
        add(kMonths[static_cast<std::size_t>(std::atoi(value.c_str() + 5) - 1)], kPart);
        add(value.substr(5), kPart);
      } else {
        add(value.substr(8), kPart);
        add(std::to_string(std::atoi(value.c_str() + 8)), kPart);
      }
    }
  }

  void add_units(std::size_t i) {
    const std::string word = Analyzer::fold(raw(i));
    for (const auto& unit : kUnits) {
      if (std::find(unit.begin(), unit.end(), word) == unit.end()) continue;
      for (const std::string_view other : unit) add(other, kPart);
    }
    // A currency's sign is no word; its code is.
    const std::string_view before = question_.substr(0, words_[i].span.begin);
    if (before.ends_with("\u20AC")) add("eur euro", kPart);
    if (before.ends_with("$")) add("usd dollar", kPart);
    if (before.ends_with("\u00A3")) add("gbp pound", kPart);
    const std::string_view after = question_.substr(words_[i].span.end);
    if (after.starts_with("%") || after.starts_with(" %")) add("percent", kPart);
    if (after.starts_with("\u20AC") || after.starts_with(" \u20AC")) add("eur euro", kPart);
  }

  // "part-time" is "parttime" too.
  void add_joined(std::size_t i) {
    if (i + 1 >= words_.size() || between(i) != "-") return;
    const bool has_digit = std::any_of(raw(i).begin(), raw(i).end(), is_digit) ||
                           std::any_of(raw(i + 1).begin(), raw(i + 1).end(), is_digit);
    if (!has_digit) add(std::string(raw(i)) + std::string(raw(i + 1)), kSame);
  }

  // "1 000 000" and "1'000" are 1000000 and 1000.
  void add_grouped_number(std::size_t i) {
    const auto is_group = [&](std::size_t k, std::size_t least) {
      const std::string_view text = raw(k);
      return text.size() >= least && text.size() <= 3 &&
             std::all_of(text.begin(), text.end(), is_digit);
    };
    if (!is_group(i, 1)) return;
    std::string joined(raw(i));
    for (std::size_t k = i; k + 1 < words_.size() && is_group(k + 1, 3); ++k) {
      const std::string_view gap = between(k);
      if (gap != " " && gap != "'" && gap != "\u00A0" && gap != "\u202F" && gap != "\u2019") break;
      joined += raw(k + 1);
    }
    if (joined.size() > raw(i).size()) add(joined, kSame);
  }

  // "1.5 million" is 1500000; 1500000 is 1.5 million.
  void add_large_number(std::size_t i) {
    static constexpr std::array<std::pair<std::string_view, double>, 6> kScales = {
        {{"thousand", 1e3},
         {"million", 1e6},
         {"m", 1e6},
         {"mn", 1e6},
         {"billion", 1e9},
         {"bn", 1e9}}};
    std::string digits(raw(i));
    std::erase(digits, ',');
    if (digits.empty() || digits.size() > 15 || !is_digit(digits.front())) return;
    char* end = nullptr;
    const double value = std::strtod(digits.c_str(), &end);
    if (*end != '\0') return;
    if (i + 1 < words_.size() && between(i).size() <= 1) {
      const std::string scale = Analyzer::fold(raw(i + 1));
      for (const auto& [name, factor] : kScales) {
        if (scale != name) continue;
        const double whole = value * factor;
        if (whole == std::floor(whole) && whole < 1e15)
          add(std::to_string(static_cast<long long>(whole)), kSame);
        return;
      }
    }
    for (const auto& [name, factor] : {kScales[4], kScales[1]}) {
      if (value < factor || digits.find('.') != std::string::npos) continue;
      char short_form[32];
      std::snprintf(short_form, sizeof short_form, "%.3g", value / factor);
      if (std::strtod(short_form, nullptr) * factor == value)
        add(std::string(short_form) + " " + std::string(name), kPart);
      return;
    }
  }

  const Analyzer& analyzer_;
  std::string_view question_;
  std::vector<Word> words_;
  std::vector<std::string> own_;
  std::vector<index::QueryTerm> out_;
};

}  // namespace

std::vector<index::QueryTerm> other_spellings(const Analyzer& analyzer, std::string_view question) {
  return Spellings(analyzer, question).take();
}

}  // namespace carrel::retrieve
