// Tables by alignment: visual rows of several pieces whose edges stand under each other, unless
// they are columns of prose.
#include <algorithm>
#include <cctype>
#include <cmath>

#include "ingest/pdf_layout.h"

namespace carrel::ingest {
namespace {

constexpr float kEdgeTolerance = 5;  // points by which aligned edges may differ
constexpr std::size_t kColumnsMax = 40;
constexpr std::size_t kPiecesMax = 20'000;  // of one page; more is no page that a person reads

struct VisualRow {
  std::vector<std::size_t> pieces;  // by x
  float y0 = 0, y1 = 0;
};

struct Column {
  float x0 = 0, x1 = 0;
};

std::size_t count_words(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
}

std::vector<VisualRow> group_rows(const std::vector<PdfLine>& pieces) {
  std::vector<std::size_t> order(pieces.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return pieces[a].y0 + pieces[a].y1 < pieces[b].y0 + pieces[b].y1;
  });
  std::vector<VisualRow> rows;
  for (const std::size_t i : order) {
    const PdfLine& piece = pieces[i];
    const float middle = (piece.y0 + piece.y1) / 2;
    if (rows.empty() || middle > rows.back().y1 - 0.25F * (rows.back().y1 - rows.back().y0)) {
      rows.push_back({{i}, piece.y0, piece.y1});
    } else {
      rows.back().pieces.push_back(i);
      rows.back().y1 = std::max(rows.back().y1, std::min(piece.y1, rows.back().y1 + 2));
    }
  }
  for (VisualRow& row : rows)
    std::sort(row.pieces.begin(), row.pieces.end(),
              [&](std::size_t a, std::size_t b) { return pieces[a].x0 < pieces[b].x0; });
  return rows;
}

// One stretch of rows that may be a table.
class Region {
 public:
  Region(const std::vector<PdfLine>& pieces, const VisualRow& first) : pieces_(pieces) {
    for (const std::size_t i : first.pieces) columns_.push_back({pieces[i].x0, pieces[i].x1});
    rows_.push_back(&first);
    full_rows_ = 1;
  }

  // Whether `row` stands in the columns so far; then it belongs to the region.
  bool try_add(const VisualRow& row) {
    const VisualRow& last = *rows_.back();
    const float height = last.y1 - last.y0;
    const float gap = row.y0 - last.y1;
    if (gap > 2.5F * height) return false;
    std::size_t aligned = 0;
    for (const std::size_t i : row.pieces) {
      const std::size_t spanned = count_spanned(pieces_[i]);
      if (spanned > 1) return false;
      aligned += is_aligned(pieces_[i]);
    }
    if (row.pieces.size() >= 2) {
      if (aligned < 2) return false;
    } else if (aligned < 1 || gap > 0.9F * height) {
      return false;
    }
    if (!add_columns(row)) return false;
    rows_.push_back(&row);
    full_rows_ += row.pieces.size() >= 2;
    return true;
  }

  // Rows of one piece at the end are the text that follows.
  void trim() {
    while (rows_.size() > 1 && rows_.back()->pieces.size() < 2) rows_.pop_back();
  }

  bool is_table() const {
    if (columns_.size() < 2) return false;
    const bool is_big_enough = full_rows_ >= 3 || (full_rows_ == 2 && columns_.size() >= 3);
    return is_big_enough && !is_prose();
  }

  std::size_t size() const { return rows_.size(); }
  const std::vector<const VisualRow*>& rows() const { return rows_; }

  // Rows as a reader counts them: what wraps inside a cell is joined to the line it continues.
  std::vector<PdfLine> logical_rows() const {
    std::vector<PdfLine> out;
    const float usual_pitch = smallest_pitch();
    const VisualRow* above = nullptr;
    for (const VisualRow* row : rows_) {
      const bool continues = above != nullptr && column_of(pieces_[row->pieces.front()]) != 0 &&
                             row->y0 - above->y0 < 1.35F * usual_pitch;
      if (!continues) out.push_back(empty_row());
      for (const std::size_t i : row->pieces) add_piece(out.back(), pieces_[i]);
      above = row;
    }
    mark_header(out);
    return out;
  }

 private:
  static bool near(float a, float b) { return std::abs(a - b) <= kEdgeTolerance; }

  bool is_aligned(const PdfLine& piece) const {
    return std::any_of(columns_.begin(), columns_.end(), [&](const Column& c) {
      return near(c.x0, piece.x0) || near(c.x1, piece.x1) ||
             near((c.x0 + c.x1) / 2, (piece.x0 + piece.x1) / 2);
    });
  }

  std::size_t count_spanned(const PdfLine& piece) const {
    return static_cast<std::size_t>(
        std::count_if(columns_.begin(), columns_.end(), [&](const Column& c) {
          return piece.x0 < c.x1 - kEdgeTolerance && piece.x1 > c.x0 + kEdgeTolerance;
        }));
  }

  std::size_t column_of(const PdfLine& piece) const {
    std::size_t best = 0;
    float best_overlap = -1e9F;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const float overlap = std::min(columns_[i].x1, piece.x1) - std::max(columns_[i].x0, piece.x0);
      if (overlap > best_overlap) {
        best_overlap = overlap;
        best = i;
      }
    }
    return best;
  }

  // Widens the columns by this row's pieces; a piece that meets none opens a column.
  bool add_columns(const VisualRow& row) {
    for (const std::size_t i : row.pieces) {
      const PdfLine& piece = pieces_[i];
      const auto met = std::find_if(columns_.begin(), columns_.end(), [&](const Column& c) {
        return piece.x0 < c.x1 + 1 && piece.x1 > c.x0 - 1;
      });
      if (met == columns_.end()) {
        if (columns_.size() >= kColumnsMax) return false;
        columns_.push_back({piece.x0, piece.x1});
        std::sort(columns_.begin(), columns_.end(),
                  [](const Column& a, const Column& b) { return a.x0 < b.x0; });
      } else {
        met->x0 = std::min(met->x0, piece.x0);
        met->x1 = std::max(met->x1, piece.x1);
      }
    }
    return true;
  }

  // Columns of a page's running text: every column holds lines of many words that mostly reach its
  // right edge.
  bool is_prose() const {
    if (columns_.size() > 3) return false;
    struct Fill {
      std::size_t words = 0, pieces = 0, wide = 0;
    };
    std::vector<Fill> fills(columns_.size());
    for (const VisualRow* row : rows_)
      for (const std::size_t i : row->pieces) {
        const std::size_t c = column_of(pieces_[i]);
        Fill& fill = fills[c];
        const float width = columns_[c].x1 - columns_[c].x0;
        fill.words += count_words(pieces_[i].text);
        ++fill.pieces;
        fill.wide += pieces_[i].x1 - pieces_[i].x0 > 0.8F * width;
      }
    return std::all_of(fills.begin(), fills.end(), [](const Fill& fill) {
      return fill.pieces >= 3 && fill.words >= 4 * fill.pieces && fill.wide * 2 > fill.pieces;
    });
  }

  float smallest_pitch() const {
    float pitch = 1e6F;
    for (std::size_t i = 1; i < rows_.size(); ++i)
      pitch = std::min(pitch, rows_[i]->y0 - rows_[i - 1]->y0);
    return pitch;
  }

  PdfLine empty_row() const {
    PdfLine row;
    row.kind = PdfLineKind::table_row;
    row.cells.resize(columns_.size());
    row.x0 = row.y0 = 1e6F;
    row.is_bold = true;
    return row;
  }

  void add_piece(PdfLine& row, const PdfLine& piece) const {
    std::string& cell = row.cells[column_of(piece)];
    if (!cell.empty()) cell += ' ';
    cell += piece.text;
    row.x0 = std::min(row.x0, piece.x0);
    row.y0 = std::min(row.y0, piece.y0);
    row.x1 = std::max(row.x1, piece.x1);
    row.y1 = std::max(row.y1, piece.y1);
    row.size = std::max(row.size, piece.size);
    row.is_bold = row.is_bold && piece.is_bold;
  }

  static bool has_digit(const PdfLine& row) {
    return std::any_of(row.cells.begin(), row.cells.end(), [](const std::string& cell) {
      return std::any_of(cell.begin(), cell.end(),
                         [](unsigned char c) { return std::isdigit(c) != 0; });
    });
  }

  // The first row names the columns if it alone is bold, or it alone has no figures.
  static void mark_header(std::vector<PdfLine>& rows) {
    if (rows.size() < 2) return;
    const auto rest_has = [&](auto&& property) {
      return static_cast<std::size_t>(std::count_if(rows.begin() + 1, rows.end(), property));
    };
    const std::size_t rest = rows.size() - 1;
    const bool alone_bold =
        rows[0].is_bold && rest_has([](const PdfLine& r) { return r.is_bold; }) * 2 < rest;
    const bool alone_wordy = !has_digit(rows[0]) && rest_has(has_digit) * 2 > rest;
    const bool is_full = std::none_of(rows[0].cells.begin() + 1, rows[0].cells.end(),
                                      [](const std::string& cell) { return cell.empty(); });
    if ((alone_bold || alone_wordy) && is_full) rows[0].kind = PdfLineKind::table_header;
  }

  const std::vector<PdfLine>& pieces_;
  std::vector<Column> columns_;
  std::vector<const VisualRow*> rows_;
  std::size_t full_rows_ = 0;
};

}  // namespace

std::vector<PdfLine> find_tables(std::vector<PdfLine> pieces) {
  if (pieces.size() > kPiecesMax) return pieces;
  const std::vector<VisualRow> rows = group_rows(pieces);
  // For each piece: the table it belongs to, counted from 1.
  std::vector<std::size_t> table_of(pieces.size(), 0);
  std::vector<std::vector<PdfLine>> tables;
  for (std::size_t r = 0; r < rows.size();) {
    if (rows[r].pieces.size() < 2) {
      ++r;
      continue;
    }
    Region region(pieces, rows[r]);
    for (std::size_t next = r + 1; next < rows.size() && region.try_add(rows[next]);) ++next;
    region.trim();
    if (!region.is_table()) {
      ++r;
      continue;
    }
    tables.push_back(region.logical_rows());
    for (const VisualRow* row : region.rows())
      for (const std::size_t i : row->pieces) table_of[i] = tables.size();
    r += region.size();
  }
  if (tables.empty()) return pieces;
  std::vector<PdfLine> out;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (table_of[i] == 0) {
      out.push_back(std::move(pieces[i]));
      continue;
    }
    // A table stands where its first piece stood in reading order.
    std::vector<PdfLine>& table = tables[table_of[i] - 1];
    for (PdfLine& row : table) out.push_back(std::move(row));
    table.clear();
  }
  return out;
}

}  // namespace carrel::ingest
