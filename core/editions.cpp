#include "core/editions.h"

#include <algorithm>
#include <array>
#include <optional>

namespace carrel {
namespace {

constexpr std::size_t kTokensMax = 4096;
constexpr int kYearMin = 1900, kYearMax = 2099;

bool is_letter(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}
bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }

// Runs of letters, runs of digits, and every other character by itself; white space is left out.
struct Token {
  enum class Kind : std::uint8_t { word, number, other } kind = Kind::other;
  std::string_view text;
  std::string folded;  // of a word
  ByteRange span;
  bool follows_space = false;
};

std::vector<Token> tokenize(std::string_view text) {
  std::vector<Token> out;
  std::size_t at = 0;
  bool space = true;
  while (at < text.size() && out.size() < kTokensMax) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      space = true;
      ++at;
      continue;
    }
    Token token;
    token.follows_space = space;
    space = false;
    std::size_t end = at + 1;
    if (is_letter(c)) {
      while (end < text.size() && is_letter(static_cast<unsigned char>(text[end]))) ++end;
      token.kind = Token::Kind::word;
      for (std::size_t i = at; i < end; ++i)
        token.folded +=
            text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    } else if (is_digit(c)) {
      while (end < text.size() && is_digit(static_cast<unsigned char>(text[end]))) ++end;
      token.kind = Token::Kind::number;
    }
    token.span = {at, end};
    token.text = text.substr(at, end - at);
    out.push_back(std::move(token));
    at = end;
  }
  return out;
}

int month_named(std::string_view word) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "january", "february", "march",     "april",   "may",      "june",
      "july",    "august",   "september", "october", "november", "december"};
  for (std::size_t i = 0; i < kMonths.size(); ++i)
    if (word == kMonths[i] || word == kMonths[i].substr(0, 3)) return static_cast<int>(i) + 1;
  return word == "sept" ? 9 : 0;
}

int ordinal_named(std::string_view word) {
  static constexpr std::array<std::string_view, 4> kWords = {"first", "second", "third", "fourth"};
  for (std::size_t i = 0; i < kWords.size(); ++i)
    if (word == kWords[i]) return static_cast<int>(i) + 1;
  return 0;
}

std::string two_digits(int number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

class Scanner {
 public:
  Scanner(std::string_view text, std::size_t marks_max)
      : tokens_(tokenize(text)), marks_max_(marks_max) {}

  std::vector<EditionMark> scan() {
    while (at_ < tokens_.size() && marks_.size() < marks_max_) {
      if (take_fiscal() || take_quarter() || take_version() || take_number_date() ||
          take_named_date() || take_year())
        continue;
      ++at_;
    }
    if (marks_.size() > marks_max_) marks_.resize(marks_max_);
    return std::move(marks_);
  }

 private:
  const Token* token(std::size_t i) const { return i < tokens_.size() ? &tokens_[i] : nullptr; }
  bool is_word(std::size_t i, std::string_view word) const {
    const Token* t = token(i);
    return t != nullptr && t->kind == Token::Kind::word && t->folded == word;
  }
  bool is_mark(std::size_t i, char mark) const {
    const Token* t = token(i);
    return t != nullptr && t->kind == Token::Kind::other && t->text[0] == mark;
  }
  // A number of so many digits; -1: none.
  int number(std::size_t i, std::size_t digits_min, std::size_t digits_max) const {
    const Token* t = token(i);
    if (t == nullptr || t->kind != Token::Kind::number || t->text.size() < digits_min ||
        t->text.size() > digits_max)
      return -1;
    int value = 0;
    for (const char c : t->text) value = value * 10 + (c - '0');
    return value;
  }
  bool touches_before(std::size_t i) const { return i > 0 && !tokens_[i].follows_space; }
  bool touches_after(std::size_t i) const {
    return i + 1 < tokens_.size() && !tokens_[i + 1].follows_space;
  }
  // "1,2023" and "2023.5": a piece of a longer number.
  bool is_piece_of_number(std::size_t i) const {
    const auto joins = [&](std::size_t mark) { return is_mark(mark, '.') || is_mark(mark, ','); };
    if (i >= 2 && touches_before(i) && joins(i - 1) && touches_before(i - 1) &&
        tokens_[i - 2].kind == Token::Kind::number)
      return true;
    return touches_after(i) && joins(i + 1) && touches_after(i + 1) &&
           tokens_[i + 2].kind == Token::Kind::number;
  }
  bool follows_currency(std::size_t i) const {
    if (i == 0) return false;
    const Token& before = tokens_[i - 1];
    static constexpr std::array<std::string_view, 8> kCodes = {"eur", "usd", "gbp",  "chf",
                                                               "jpy", "cad", "euro", "\u20AC"};
    if (before.kind == Token::Kind::other) return before.text == "$" || before.text == "#";
    return std::any_of(kCodes.begin(), kCodes.end(), [&](std::string_view code) {
      return before.folded == code || before.folded.ends_with("\u20AC") ||
             before.folded.ends_with("\u00A3");
    });
  }

  void add(EditionKind kind, std::string value, std::size_t first, std::size_t last,
           bool is_fiscal = false) {
    marks_.push_back(
        {kind, std::move(value), {tokens_[first].span.begin, tokens_[last].span.end}, is_fiscal});
  }
  static bool is_year(int value) { return value >= kYearMin && value <= kYearMax; }
  static int widened(int two) { return two < 70 ? 2000 + two : 1900 + two; }

  // A year with four digits, or after "FY" with two: the year, or -1.
  int year_at(std::size_t i, bool may_be_short) const {
    if (const int four = number(i, 4, 4); is_year(four)) return four;
    const int two = may_be_short ? number(i, 2, 2) : -1;
    return two < 0 ? -1 : widened(two);
  }

  // "2023/24", "2023-24", "2023-2025": the last token of the range, or `first` where there is none.
  std::size_t range_end(std::size_t first, int from, int& to) const {
    if (!touches_after(first) || !touches_after(first + 1)) return first;
    const Token& dash = tokens_[first + 1];
    const bool joins = dash.text == "/" || dash.text == "-" || dash.text == "\u2013";
    if (!joins) return first;
    const bool ends_there =
        !touches_after(first + 2) || (!is_mark(first + 3, '-') && !is_mark(first + 3, '/'));
    const int four = number(first + 2, 4, 4);
    const int two = number(first + 2, 2, 2);
    to = is_year(four) ? four : two >= 0 ? from / 100 * 100 + two : -1;
    const bool follows =
        dash.text == "/" || two >= 0 ? to == from + 1 : to > from && to < from + 20;
    return ends_there && follows ? first + 2 : first;
  }

  void add_years(std::size_t first, std::size_t year_token, int year, bool is_fiscal) {
    int to = -1;
    const std::size_t last = range_end(year_token, year, to);
    add(EditionKind::year, std::to_string(year), first, last, is_fiscal);
    for (int other = year + 1; last != year_token && other <= to; ++other)
      add(EditionKind::year, std::to_string(other), first, last, is_fiscal);
    at_ = last + 1;
  }

  // FY23, FY 2023, FY'23, fiscal 2023, fiscal year 2023, financial year 2023/24.
  bool take_fiscal() {
    std::size_t i = at_;
    if (is_word(i, "fy")) {
      ++i;
    } else if (is_word(i, "fiscal") || is_word(i, "financial")) {
      const bool is_financial = is_word(i, "financial");
      ++i;
      if (is_word(i, "year") || is_word(i, "years"))
        ++i;
      else if (is_financial)
        return false;
      if (is_word(i, "ended") || is_word(i, "ending")) return false;
    } else {
      return false;
    }
    if (is_mark(i, '\'') || is_mark(i, '-') || is_mark(i, '_')) ++i;
    const int year = year_at(i, true);
    if (year < 0) return false;
    add_years(at_, i, year, true);
    return true;
  }

  bool take_quarter() {
    const std::size_t first = at_;
    if (is_word(first, "q") && touches_after(first)) {  // Q3, Q3 2023, Q3FY23
      const int quarter = number(first + 1, 1, 1);
      if (quarter < 1 || quarter > 4) return false;
      add(EditionKind::quarter, std::to_string(quarter), first, first + 1);
      at_ = first + 2;
      return true;
    }
    if (const int quarter = number(first, 1, 1);
        quarter >= 1 && quarter <= 4 && touches_after(first) && is_word(first + 1, "q")) {  // 3Q23
      add(EditionKind::quarter, std::to_string(quarter), first, first + 1);
      at_ = first + 2;
      const int year = touches_after(first + 1) ? year_at(first + 2, true) : -1;
      if (year > 0) add_years(first + 2, first + 2, year, true);
      return true;
    }
    int quarter = 0;
    std::size_t next = first + 1;
    if (token(first)->kind == Token::Kind::word) quarter = ordinal_named(token(first)->folded);
    if (const int digit = number(first, 1, 1); digit >= 1 && digit <= 4 && touches_after(first)) {
      quarter = digit;  // 3rd quarter
      next = first + 2;
    }
    if (quarter == 0 || !is_word(next, "quarter")) return false;
    add(EditionKind::quarter, std::to_string(quarter), first, next);
    at_ = next + 1;
    return true;
  }

  // v3.2, version 3, ver. 3, rev 4, revision 4.
  bool take_version() {
    const Token& head = tokens_[at_];
    if (head.kind != Token::Kind::word) return false;
    static constexpr std::array<std::string_view, 7> kHeads = {"v",        "version", "ver", "rev",
                                                               "revision", "release", "vers"};
    if (std::find(kHeads.begin(), kHeads.end(), head.folded) == kHeads.end()) return false;
    std::size_t i = at_ + 1;
    if (head.folded == "v" && is_mark(i, '.') && touches_after(at_)) ++i;
    if (head.folded != "v" && is_mark(i, '.')) ++i;
    if (head.folded == "v" && (token(i) == nullptr || token(i)->follows_space)) return false;
    if (number(i, 1, 4) < 0) return false;
    std::string value(token(i)->text);
    std::size_t last = i;
    while (touches_after(last) && is_mark(last + 1, '.') && touches_after(last + 1) &&
           number(last + 2, 1, 4) >= 0) {
      value += '.';
      value += token(last + 2)->text;
      last += 2;
    }
    while (value.size() > 2 && value.ends_with(".0")) value.resize(value.size() - 2);
    const std::size_t zeros = value.find_first_not_of('0');
    if (zeros != std::string::npos && zeros > 0 && value[zeros] != '.') value.erase(0, zeros);
    add(EditionKind::version, value, at_, last);
    at_ = last + 1;
    return true;
  }

  void add_date(int year, int month, int day, std::size_t first, std::size_t last) {
    const std::string in_year = std::to_string(year);
    const std::string in_month = in_year + '-' + two_digits(month);
    if (day > 0) add(EditionKind::day, in_month + '-' + two_digits(day), first, last);
    add(EditionKind::month, in_month, first, last);
    add(EditionKind::year, in_year, first, last);
  }
  static bool is_date(int year, int month, int day) {
    return is_year(year) && month >= 1 && month <= 12 && day >= 1 && day <= 31;
  }

  // 2024-03-01, 2024_03_01, 2024-03, 20240301, 01.03.2024, 1/3/2024.
  bool take_number_date() {
    const std::size_t first = at_;
    const Token& head = tokens_[first];
    if (head.kind != Token::Kind::number) return false;
    if (head.text.size() == 8) {
      const int all = number(first, 8, 8);
      if (!is_date(all / 10000, all / 100 % 100, all % 100)) return false;
      add_date(all / 10000, all / 100 % 100, all % 100, first, first);
      at_ = first + 1;
      return true;
    }
    const auto joined = [&](std::size_t i, std::string_view marks) {
      return touches_after(i) && touches_after(i + 1) && tokens_[i + 1].text.size() == 1 &&
             marks.find(tokens_[i + 1].text[0]) != std::string_view::npos;
    };
    const int year = number(first, 4, 4);
    if (is_year(year) && joined(first, "-_./")) {
      const int month = number(first + 2, 2, 2);
      const bool has_day =
          joined(first + 2, "-_./") && tokens_[first + 1].text == tokens_[first + 3].text;
      const int day = has_day ? number(first + 4, 2, 2) : -1;
      if (is_date(year, month, day)) {
        add_date(year, month, day, first, first + 4);
        at_ = first + 5;
        return true;
      }
      int to = -1;
      const bool is_year_range = range_end(first, year, to) != first;
      if (is_date(year, month, 1) && !is_year_range && tokens_[first + 1].text != ".") {
        add_date(year, month, 0, first, first + 2);
        at_ = first + 3;
        return true;
      }
      return false;
    }
    const int a = number(first, 1, 2);
    if (a < 1 || !joined(first, "./-") || !joined(first + 2, "./-")) return false;
    const int b = number(first + 2, 1, 2);
    const int last = number(first + 4, 4, 4);
    if (b < 1 || !is_year(last)) return false;
    const bool day_first = is_date(last, b, a), month_first = is_date(last, a, b);
    if (!day_first && !month_first) return false;
    if (day_first) add_date(last, b, a, first, first + 4);
    if (month_first && a != b && tokens_[first + 1].text == "/")
      add_date(last, a, b, first, first + 4);
    at_ = first + 5;
    return true;
  }

  // Past "st", "nd", "rd", "th" that touch the number before, and past "of" and a comma.
  std::size_t past_suffix(std::size_t i) const {
    if (token(i) != nullptr && !token(i)->follows_space &&
        (is_word(i, "st") || is_word(i, "nd") || is_word(i, "rd") || is_word(i, "th")))
      ++i;
    if (is_word(i, "of") || is_mark(i, ',')) ++i;
    return i;
  }

  // 1 March 2024, 1st of March, 2024; March 1, 2024; March 1st 2024; March 2024.
  bool take_named_date() {
    const std::size_t first = at_;
    const auto month_at = [&](std::size_t i) {
      const Token* t = token(i);
      return t == nullptr || t->kind != Token::Kind::word ? 0 : month_named(t->folded);
    };
    if (const int day = number(first, 1, 2); day >= 1 && day <= 31) {
      const std::size_t i = past_suffix(first + 1);
      const int month = month_at(i);
      if (month == 0) return false;
      std::size_t y = i + 1;
      if (is_mark(y, '.') || is_mark(y, ',') || is_mark(y, '-')) ++y;
      const int year = number(y, 4, 4);
      if (!is_date(year, month, day)) return false;
      add_date(year, month, day, first, y);
      at_ = y + 1;
      return true;
    }
    const int month = month_at(first);
    if (month == 0) return false;
    std::size_t i = first + 1;
    if (is_mark(i, '.') || is_mark(i, ',') || is_mark(i, '-') || is_mark(i, '_')) ++i;
    if (is_word(i, "of")) ++i;
    if (const int year = number(i, 4, 4); is_year(year)) {
      add_date(year, month, 0, first, i);
      at_ = i + 1;
      return true;
    }
    const int day = number(i, 1, 2);
    if (day < 1 || day > 31) return false;
    const std::size_t y = past_suffix(i + 1);
    const int year = number(y, 4, 4);
    if (!is_date(year, month, day)) return false;
    add_date(year, month, day, first, y);
    at_ = y + 1;
    return true;
  }

  bool take_year() {
    const int year = number(at_, 4, 4);
    if (!is_year(year) || is_piece_of_number(at_) || follows_currency(at_)) return false;
    add_years(at_, at_, year, false);
    return true;
  }

  std::vector<Token> tokens_;
  std::size_t marks_max_;
  std::size_t at_ = 0;
  std::vector<EditionMark> marks_;
};

}  // namespace

std::vector<EditionMark> find_editions(std::string_view text, std::size_t marks_max) {
  return Scanner(text, marks_max).scan();
}

}  // namespace carrel
