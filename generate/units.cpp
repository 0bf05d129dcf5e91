#include "generate/units.h"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "core/utf8.h"

namespace carrel::generate {
namespace {

constexpr std::size_t kHeadingWordsMax = 10;
constexpr std::string_view kBar = " | ";

// Leading "- ", "* ", "\u2022 ", "3. ", "3) ", "## ", and quotation marks ("> ") of a line.
std::size_t mark_length(std::string_view line) {
  std::size_t at = line.find_first_not_of(" \t\n");
  if (at == std::string_view::npos) return line.size();
  const std::size_t start = at;
  if (line.substr(at).starts_with("\u2022"))
    at += 3;
  else if (line[at] == '#')
    while (at < line.size() && line[at] == '#') ++at;
  else if (line[at] == '-' || line[at] == '*' || line[at] == '+' || line[at] == '>')
    ++at;
  else {
    std::size_t digits = at;
    while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9') ++digits;
    const bool numbered = digits > at && digits - at <= 3 && digits < line.size() &&
                          (line[digits] == '.' || line[digits] == ')');
    if (!numbered) return start;
    at = digits + 1;
  }
  if (at >= line.size() || (line[at] != ' ' && line[at] != '\t')) return start;
  while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
  return at;
}

// "3." or "12)" alone, which sentence rules part from the item it counts.
bool is_bare_number(std::string_view text) {
  const std::string_view body = trim(text);
  return body.size() >= 2 && body.size() <= 4 && (body.back() == '.' || body.back() == ')') &&
         body.find_first_not_of("0123456789") == body.size() - 1;
}

bool ends_a_sentence(std::string_view text) {
  const std::string_view body = trim(text);
  if (body.empty()) return false;
  std::size_t last = body.size() - 1;
  while (last > 0 && (body[last] == '"' || body[last] == ')' || body[last] == '\'')) --last;
  return body[last] == '.' || body[last] == '!' || body[last] == '?' || body[last] == ';';
}

std::vector<std::string> cells_of(std::string_view row) {
  std::vector<std::string> cells;
  std::string_view rest = trim(row);
  if (rest.starts_with('|')) rest.remove_prefix(1);
  if (rest.ends_with('|')) rest.remove_suffix(1);
  for (;;) {
    const std::size_t bar = rest.find('|');
    cells.push_back(collapse_whitespace(rest.substr(0, bar)));
    if (bar == std::string_view::npos) return cells;
    rest.remove_prefix(bar + 1);
  }
}

bool is_rule_row(const std::vector<std::string>& cells) {
  return std::all_of(cells.begin(), cells.end(), [](const std::string& cell) {
    return cell.find_first_not_of("-:= ") == std::string::npos;
  });
}

// "Grade: E", "Maximum: 66,600"; without column names "E", "66,600".
std::vector<std::string> readable_cells(const std::vector<std::string>& cells,
                                        const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].empty()) continue;
    // Rows of a CSV file name their cells already.
    const bool has_name =
        i < names.size() && !names[i].empty() && !cells[i].starts_with(names[i] + ":");
    out.push_back(has_name ? names[i] + ": " + cells[i] : cells[i]);
  }
  return out;
}

std::string joined(const std::vector<std::string>& cells) {
  std::string out;
  for (const std::string& cell : cells) out += (out.empty() ? "" : "; ") + cell;
  return out;
}

bool leans_back(const std::vector<Word>& words) {
  static const std::unordered_set<std::string_view> pronouns = {
      "they", "it", "this", "these", "he", "she", "those", "such", "thei", "thi"};
  return !words.empty() && pronouns.contains(words.front().term);
}

// Walks one passage and appends its units.
class PassageCutter {
 public:
  PassageCutter(std::size_t number, const retrieve::Passage& passage, const Analyzer& analyzer,
                const UnitLimits& limits, std::vector<Unit>& out)
      : number_(number), text_(passage.text), analyzer_(analyzer), limits_(limits), out_(out) {
    first_unit_ = out.size();
    heading_ = terms_of(passage.section);
    const std::size_t last = passage.section.rfind(" > ");
    section_name_ = collapse_whitespace(
        last == std::string::npos ? passage.section : passage.section.substr(last + 3));
  }

  void cut() {
    std::size_t prose = 0;  // where the prose not yet cut begins
    std::size_t at = 0;
    while (at < text_.size()) {
      std::size_t end = text_.find('\n', at);
      if (end == std::string_view::npos) end = text_.size();
      const std::string_view line = text_.substr(at, end - at);
      if (is_row(line)) {
        cut_prose(prose, at);
        take_row({at, end});
        prose = std::min(end + 1, text_.size());
      }
      at = end + 1;
    }
    cut_prose(prose, text_.size());
  }

 private:
  static bool is_row(std::string_view line) {
    return line.find(kBar) != std::string_view::npos || trim(line).starts_with("|");
  }

  std::vector<std::string> terms_of(std::string_view text) const {
    std::vector<std::string> out;
    for (Word& word : analyzer_.words(text))
      if (!word.is_stop_word) out.push_back(std::move(word.term));
    return out;
  }

  // The first row of a run names the columns, if its cells are words and not values.
  void take_row(ByteRange span) {
    const std::vector<std::string> cells = cells_of(text_.substr(span.begin, span.size()));
    if (is_rule_row(cells)) return;
    const bool continues =
        row_end_ && text_.substr(*row_end_, span.begin - *row_end_).find_first_not_of(" \t\n") ==
                        std::string_view::npos;
    row_end_ = span.end;
    if (!continues) {
      column_names_.clear();
      const bool has_value =
          std::any_of(cells.begin() + 1, cells.end(), [](const std::string& cell) {
            return cell.find_first_of("0123456789") != std::string::npos;
          });
      const bool next_is_row =
          span.end + 1 < text_.size() &&
          is_row(text_.substr(span.end + 1, text_.find('\n', span.end + 1) - span.end - 1));
      if (!has_value && next_is_row) {
        column_names_ = cells;
        return;
      }
    }
    std::vector<std::string> context = heading_;
    for (const std::string& name : column_names_)
      for (std::string& term : terms_of(name)) context.push_back(std::move(term));
    std::vector<std::string> readable = readable_cells(cells, column_names_);
    if (add(UnitKind::table_row, span, joined(readable), std::move(context)))
      out_.back().cells = std::move(readable);
  }

  void cut_prose(std::size_t begin, std::size_t end) {
    if (begin >= end) return;
    if (trim(text_.substr(begin, end - begin)).empty()) return;
    intro_.clear();
    introduction_ = kNoUnit;
    ++list_;
    std::size_t held = std::string_view::npos;  // a list number that was taken for a sentence
    for (const ByteRange& found : sentences(text_.substr(begin, end - begin))) {
      const std::size_t from = held != std::string_view::npos ? held : begin + found.begin;
      const ByteRange span{from, begin + found.end};
      held = is_bare_number(text_.substr(span.begin, span.size())) ? span.begin
                                                                   : std::string_view::npos;
      if (held != std::string_view::npos) continue;
      for (const ByteRange& piece : off_headings(span)) take_sentence(piece);
    }
  }

  // A heading may share its "sentence" with the text below it: its line has no full stop and the
  // next begins with a capital. Splits there.
  std::vector<ByteRange> off_headings(ByteRange span) const {
    std::vector<ByteRange> out;
    const std::string_view body = text_.substr(span.begin, span.size());
    const std::size_t newline = body.find('\n');
    if (newline != std::string_view::npos && newline + 1 < body.size()) {
      const std::string_view first = body.substr(0, newline);
      const bool named = collapse_whitespace(first.substr(mark_length(first))) == section_name_;
      if (named || trim(first).starts_with("#")) {
        out.push_back({span.begin, span.begin + newline});
        out.push_back({span.begin + newline + 1, span.end});
        return out;
      }
    }
    out.push_back(span);
    return out;
  }

  bool is_heading(ByteRange span, std::string_view readable, std::size_t word_count) const {
    const std::string_view raw = trim(text_.substr(span.begin, span.size()));
    if (raw.starts_with("#") || readable == section_name_) return true;
    // "Lost a laptop?": a question in the text is a heading of its answer.
    if (readable.ends_with('?')) return true;
    if (word_count > kHeadingWordsMax || ends_a_sentence(raw) || raw.ends_with(':')) return false;
    if (raw.find('\n') != std::string_view::npos || readable.find(": ") != std::string_view::npos)
      return false;
    const bool stands_alone = (span.begin == 0 || text_[span.begin - 1] == '\n') &&
                              (span.end < text_.size() && text_[span.end] == '\n');
    return stands_alone && span.end + 1 < text_.size();
  }

  void take_sentence(ByteRange span) {
    const std::string_view raw = text_.substr(span.begin, span.size());
    const std::size_t mark = mark_length(raw);
    if (mark >= raw.size()) return;
    const bool marked = mark > raw.find_first_not_of(" \t\n");
    if (!marked || raw[raw.find_first_not_of(" \t\n")] == '#') ++list_;
    const std::string readable = collapse_whitespace(raw.substr(mark));
    const std::size_t word_count = analyzer_.words(readable).size();
    if (word_count == 0) return;
    if (!(marked && raw[raw.find_first_not_of(" \t\n")] != '#') &&
        is_heading(span, readable, word_count)) {
      heading_ = terms_of(readable);
      for (std::string& term : terms_of(section_name_)) heading_.push_back(std::move(term));
      intro_.clear();
      introduction_ = kNoUnit;
      return;
    }
    std::vector<std::string> context = heading_;
    if (marked) context.insert(context.end(), intro_.begin(), intro_.end());
    const UnitKind kind = marked ? UnitKind::list_item : UnitKind::sentence;
    const bool introduces = readable.ends_with(':');
    if (!marked) intro_ = introduces ? terms_of(readable) : std::vector<std::string>();
    const bool added = add(kind, {span.begin + mark, span.end}, readable, std::move(context));
    if (!marked) introduction_ = added && introduces ? out_.size() - 1 : kNoUnit;
    if (marked && added) {
      out_.back().introduced_by = introduction_;
      out_.back().list = list_;
    }
  }

  // False: there is no room, or nothing to read.
  bool add(UnitKind kind, ByteRange span, std::string readable, std::vector<std::string> context) {
    if (out_.size() >= limits_.units_max || readable.empty()) return false;
    if (span.size() > limits_.unit_bytes_max) return false;
    Unit unit;
    unit.kind = kind;
    unit.passage = number_;
    unit.span = span;
    unit.text = std::move(readable);
    unit.words = analyzer_.words(text_.substr(span.begin, span.size()));
    unit.context = std::move(context);
    unit.leans_on_before = kind == UnitKind::sentence && leans_back(unit.words);
    if (out_.size() > first_unit_) {
      unit.before = out_.size() - 1;
      out_.back().after = out_.size();
    }
    out_.push_back(std::move(unit));
    return true;
  }

  std::size_t number_;
  std::string_view text_;
  const Analyzer& analyzer_;
  const UnitLimits& limits_;
  std::vector<Unit>& out_;
  std::size_t first_unit_ = 0;
  std::string section_name_;
  std::vector<std::string> heading_;
  std::vector<std::string> intro_;      // of the list in hand
  std::size_t introduction_ = kNoUnit;  // the unit that it is
  std::size_t list_ = 0;                // counts the lists of this passage
  std::vector<std::string> column_names_;
  std::optional<std::size_t> row_end_;
};

}  // namespace

std::vector<Unit> cut_units(std::span<const retrieve::Passage> passages, const Analyzer& analyzer,
                            const UnitLimits& limits) {
  std::vector<Unit> out;
  for (std::size_t i = 0; i < passages.size(); ++i)
    PassageCutter(i, passages[i], analyzer, limits, out).cut();
  return out;
}

}  // namespace carrel::generate
