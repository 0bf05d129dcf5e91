#include "generate/units.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/list_mark.h"
#include "core/utf8.h"
#include "generate/unit_text.h"

namespace carrel::generate {
namespace {

constexpr std::size_t kHeadingWordsMax = 10;
constexpr std::string_view kBar = " | ";

// Walks one passage and appends its units.
class PassageCutter {
 public:
  PassageCutter(std::size_t number, const retrieve::Passage& passage, LanguageWords& reader,
                const UnitLimits& limits, std::vector<Unit>& out)
      : number_(number),
        text_(passage.text),
        reader_(reader),
        language_(passage.language),
        limits_(limits),
        out_(out) {
    constexpr unsigned kListBits = 20;  // more lists than a passage has bytes
    first_unit_ = out.size();
    list_ = number << kListBits;
    heading_ = terms_of(passage.section);
    const std::size_t last = passage.section.rfind(" > ");
    section_name_ = collapse_whitespace(
        last == std::string::npos ? passage.section : passage.section.substr(last + 3));
    nearest_ = opens_ = terms_of(section_name_);
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
    for (Word& word : reader_.words(text, language_))
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
    introduction_ = item_ = kNoUnit;
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
      const bool named =
          collapse_whitespace(first.substr(list_mark_length(first))) == section_name_;
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
    const std::size_t mark = list_mark_length(raw);
    if (mark >= raw.size()) return;
    const bool marked = mark > raw.find_first_not_of(" \t\n");
    if (!marked && goes_on_item(span)) return take_continuation(span);
    item_ = kNoUnit;
    if (!marked || raw[raw.find_first_not_of(" \t\n")] == '#') ++list_;
    const std::string readable = collapse_whitespace(raw.substr(mark));
    const std::size_t word_count = reader_.words(readable, language_).size();
    if (word_count == 0) return;
    if (!(marked && raw[raw.find_first_not_of(" \t\n")] != '#') &&
        is_heading(span, readable, word_count)) {
      heading_ = nearest_ = opens_ = terms_of(readable);
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
    if (marked && added) take_item(raw, introduces);
  }

  // Whether a sentence stands on the line of a list item, behind it.
  bool goes_on_item(ByteRange span) const {
    if (item_ == kNoUnit) return false;
    const std::size_t from = out_.back().span.end;
    return span.begin >= from &&
           text_.substr(from, span.begin - from).find('\n') == std::string_view::npos;
  }

  // "Walk to the lift. It stands on the left." is one step. What ends with a colon announces on the
  // item's behalf: "Events: what can be seen. Examples:".
  void take_continuation(ByteRange span) {
    const std::string readable = collapse_whitespace(text_.substr(span.begin, span.size()));
    const std::size_t item = item_;
    std::vector<std::string> context = heading_;
    context.insert(context.end(), intro_.begin(), intro_.end());
    const std::vector<std::string> item_terms = terms_of(out_[item].text);
    context.insert(context.end(), item_terms.begin(), item_terms.end());
    if (!add(UnitKind::sentence, span, readable, std::move(context))) return;
    out_.back().item = item;
    out_.back().list = list_;
    if (!readable.ends_with(':')) return;
    Unit& outer = out_[item];
    outer.context.resize(item_context_);
    outer.introduced_by = introduction_;
    introduce_by(item);
  }

  // Indents are lost on the way here. An item that ends with a colon introduces those after it, up
  // to the next such item or the next that is marked as it is and they are not: "1." before "-".
  void take_item(std::string_view raw, bool introduces) {
    const char first = raw[raw.find_first_not_of(" \t\n")];
    const bool is_numbered = first >= '0' && first <= '9';
    Unit& item = out_.back();
    item.list = list_;
    item_ = out_.size() - 1;
    item_context_ = item.context.size();
    is_numbered_ = is_numbered;
    if (outer_list_ != list_ || introduces) outer_item_ = kNoUnit;
    if (outer_item_ != kNoUnit && is_numbered == outer_is_numbered_ && parts_by_mark_)
      outer_item_ = kNoUnit;
    item.introduced_by = outer_item_ == kNoUnit ? introduction_ : outer_item_;
    if (outer_item_ != kNoUnit) {
      parts_by_mark_ |= is_numbered != outer_is_numbered_;
      item.context.insert(item.context.end(), outer_terms_.begin(), outer_terms_.end());
    }
    if (introduces) introduce_by(item_);
  }

  void introduce_by(std::size_t item) {
    outer_item_ = item;
    outer_list_ = list_;
    outer_is_numbered_ = is_numbered_;
    parts_by_mark_ = false;
    outer_terms_ = terms_of(out_[item].text);
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
    unit.words = reader_.words(text_.substr(span.begin, span.size()), language_);
    unit.context = std::move(context);
    unit.heading = nearest_;
    unit.opens = std::exchange(opens_, {});
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
  LanguageWords& reader_;
  std::string_view language_;
  const UnitLimits& limits_;
  std::vector<Unit>& out_;
  std::size_t first_unit_ = 0;
  std::string section_name_;
  std::vector<std::string> heading_;
  std::vector<std::string> nearest_;    // of the nearest one alone
  std::vector<std::string> opens_;      // of the heading under which no unit stands yet
  std::vector<std::string> intro_;      // of the list in hand
  std::size_t introduction_ = kNoUnit;  // the unit that it is
  std::size_t list_ = 0;                // counts the lists of this passage
  std::size_t item_ = kNoUnit;          // the item in hand
  std::size_t item_context_ = 0;        // ... and its context less the outer item's words
  bool is_numbered_ = false;            // ... and its mark
  std::size_t outer_item_ = kNoUnit;    // the item that introduces those after it
  std::size_t outer_list_ = 0;          // ... and its list
  bool outer_is_numbered_ = false;
  bool parts_by_mark_ = false;            // those after it are marked in another way
  std::vector<std::string> outer_terms_;  // its words
  std::vector<std::string> column_names_;
  std::optional<std::size_t> row_end_;
};

}  // namespace

void append_units(std::span<const retrieve::Passage> passages, std::size_t first,
                  LanguageWords& reader, const UnitLimits& limits, std::vector<Unit>& units) {
  for (std::size_t i = first; i < passages.size(); ++i)
    PassageCutter(i, passages[i], reader, limits, units).cut();
}

std::vector<Unit> cut_units(std::span<const retrieve::Passage> passages, LanguageWords& reader,
                            const UnitLimits& limits) {
  std::vector<Unit> out;
  append_units(passages, 0, reader, limits, out);
  return out;
}

}  // namespace carrel::generate
