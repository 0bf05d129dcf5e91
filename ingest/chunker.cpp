#include "ingest/chunker.h"

#include <algorithm>
#include <optional>

#include "core/error.h"
#include "core/text.h"
#include "core/utf8.h"

namespace carrel::ingest {
namespace {

constexpr std::size_t kSectionBytesMax = 512;
constexpr std::size_t kTokensMin = 32;
constexpr std::size_t kTokensMax = 2048;

// What is never cut: a block that fits, a sentence of one that does not, a row.
struct Piece {
  ByteRange span;
  std::size_t tokens = 0;
  std::int32_t page = 0;
  BlockKind kind = BlockKind::paragraph;
  std::optional<ByteRange> header;  // of the table whose row this is
};

bool is_row(BlockKind kind) {
  return kind == BlockKind::table_row || kind == BlockKind::table_header;
}

class Chunker {
 public:
  Chunker(const ParsedDocument& document, const ChunkOptions& options)
      : document_(document), options_(options) {}

  std::vector<Chunk> run() {
    for (const Block& block : document_.blocks) {
      if (!is_row(block.kind)) header_.reset();
      if (block.kind == BlockKind::heading) {
        open_section(block);
      } else {
        if (block.kind == BlockKind::table_header) header_ = block.span;
        add_block(block);
      }
    }
    close_section();
    return std::move(chunks_);
  }

 private:
  struct Heading {
    std::uint8_t level;
    std::string text;
  };

  std::string_view text_of(ByteRange span) const {
    return std::string_view(document_.text).substr(span.begin, span.size());
  }
  std::size_t tokens_of(ByteRange span) const { return estimate_tokens(text_of(span)); }

  void open_section(const Block& block) {
    const bool is_deeper = !headings_.empty() && block.level > headings_.back().level;
    const bool has_only_headings =
        !pieces_.empty() && std::all_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) {
          return piece.kind == BlockKind::heading;
        });
    // Headings that follow each other open one chunk together.
    if (!(has_only_headings && is_deeper)) close_section();
    while (!headings_.empty() && headings_.back().level >= block.level) headings_.pop_back();
    headings_.push_back({block.level, collapse_whitespace(text_of(block.span))});
    add_block(block);
  }

  void add_block(const Block& block) {
    const std::size_t tokens = tokens_of(block.span);
    if (tokens <= options_.tokens_target || is_row(block.kind)) {
      pieces_.push_back({block.span, tokens, block.page, block.kind,
                         block.kind == BlockKind::table_row ? header_ : std::nullopt});
      return;
    }
    for (const ByteRange& sentence : sentences(text_of(block.span)))
      add_sentence({block.span.begin + sentence.begin, block.span.begin + sentence.end}, block);
  }

  // A sentence that is longer than a chunk (a list without full stops, or no language at all) is
  // cut at spaces, and where there are none between characters.
  void add_sentence(ByteRange span, const Block& block) {
    while (span.size() > 0) {
      const ByteRange front = fitting_front(span);
      pieces_.push_back({front, tokens_of(front), block.page, block.kind, std::nullopt});
      span.begin = front.end;
      while (span.begin < span.end && document_.text[span.begin] == ' ') ++span.begin;
    }
  }

  // As much of the front of `span` as fits the target, never nothing. Looks no further than a
  // target's worth of bytes, so that cutting a long text stays linear.
  ByteRange fitting_front(ByteRange span) const {
    constexpr std::size_t bytes_of_token_max = 12;
    constexpr std::size_t bytes_min = 16;
    std::size_t bytes = std::min(span.size(), options_.tokens_target * bytes_of_token_max);
    for (;;) {
      const ByteRange front = front_of(span, bytes);
      if (bytes <= bytes_min || tokens_of(front) <= options_.tokens_target) return front;
      bytes = bytes * 3 / 4;
    }
  }

  ByteRange front_of(ByteRange span, std::size_t bytes) const {
    if (bytes >= span.size()) return span;
    const std::string_view window = text_of({span.begin, span.begin + bytes});
    const std::size_t space = window.rfind(' ');
    if (space != std::string_view::npos && space > bytes / 2)
      return {span.begin, span.begin + space};
    std::size_t end = floor_to_code_point(document_.text, span.begin + bytes);
    if (end <= span.begin) next_code_point(document_.text, end = span.begin);
    return {span.begin, end};
  }

  void close_section() {
    std::size_t begin = 0;
    while (begin < pieces_.size()) {
      std::size_t budget = options_.tokens_target;
      std::optional<ByteRange> lead;
      if (begin > 0) lead = overlap_before(begin);
      if (lead) budget -= std::min(budget, tokens_of(*lead));
      if (const auto& header = pieces_[begin].header; header && begin > 0) {
        lead.reset();
        budget = options_.tokens_target - std::min(options_.tokens_target, tokens_of(*header));
      }
      std::size_t end = begin, tokens = 0;
      while (end < pieces_.size() && (end == begin || tokens + pieces_[end].tokens < budget) &&
             !ends_with_page(begin, end, tokens))
        tokens +=
            pieces_[end++].tokens + 1;  // joined, pieces round up where alone they rounded down
      // A lone heading or header row at the end would stand apart from what it names.
      while (end < pieces_.size() && end > begin + 1 &&
             (pieces_[end - 1].kind == BlockKind::heading ||
              pieces_[end - 1].kind == BlockKind::table_header))
        --end;
      emit(begin, end, lead);
      begin = end;
    }
    pieces_.clear();
  }

  // A page's end ends a chunk that is long enough to stand alone, so that what is cited stands on
  // the page that the citation names.
  bool ends_with_page(std::size_t begin, std::size_t end, std::size_t tokens) const {
    constexpr std::size_t share_of_target = 3;
    return end > begin && pieces_[end].page != pieces_[end - 1].page &&
           tokens * share_of_target >= options_.tokens_target && !is_row(pieces_[end].kind);
  }

  // Where most of it stands; of equals the first.
  std::int32_t page_of(std::size_t begin, std::size_t end) const {
    std::int32_t best = pieces_[begin].page;
    std::size_t most = 0, here = 0;
    for (std::size_t i = begin; i < end; ++i) {
      here = i > begin && pieces_[i].page == pieces_[i - 1].page ? here + pieces_[i].tokens
                                                                 : pieces_[i].tokens;
      if (here <= most) continue;
      most = here;
      best = pieces_[i].page;
    }
    return best;
  }

  // Sentences before piece `at` that its chunk repeats; none before or after a table.
  std::optional<ByteRange> overlap_before(std::size_t at) const {
    const Piece& before = pieces_[at - 1];
    if (options_.tokens_overlap == 0 || is_row(before.kind) || is_row(pieces_[at].kind) ||
        before.kind == BlockKind::code || before.kind == BlockKind::heading)
      return std::nullopt;
    const std::vector<ByteRange> inside = sentences(text_of(before.span));
    std::optional<ByteRange> lead;
    for (auto sentence = inside.rbegin(); sentence != inside.rend(); ++sentence) {
      const ByteRange wider{before.span.begin + sentence->begin, before.span.end};
      if (tokens_of(wider) > options_.tokens_overlap) break;
      lead = wider;
    }
    return lead;
  }

  void emit(std::size_t begin, std::size_t end, const std::optional<ByteRange>& lead) {
    Chunk chunk;
    chunk.ordinal = static_cast<std::uint32_t>(chunks_.size());
    chunk.span = {lead ? lead->begin : pieces_[begin].span.begin, pieces_[end - 1].span.end};
    chunk.section = section();
    const auto& header = pieces_[begin].header;
    if (header && header->end <= chunk.span.begin) {
      chunk.text = text_of(*header);
      chunk.text += '\n';
    }
    chunk.text += text_of(chunk.span);
    chunk.tokens = static_cast<std::uint32_t>(estimate_tokens(chunk.text));
    add_lines(chunk);
    chunk.page = page_of(begin, end);
    chunks_.push_back(std::move(chunk));
  }

  void add_lines(Chunk& chunk) const {
    const auto& lines = document_.lines;
    auto line =
        std::lower_bound(lines.begin(), lines.end(), chunk.span.begin,
                         [](const PlacedLine& l, std::size_t at) { return l.span.end <= at; });
    for (; line != lines.end() && line->span.begin < chunk.span.end; ++line)
      chunk.lines.push_back(*line);
  }

  // The way down to here; where it is too long, its upper parts are left out.
  std::string section() const {
    std::string out;
    for (auto heading = headings_.rbegin(); heading != headings_.rend(); ++heading) {
      const std::string joined = heading->text + (out.empty() ? "" : " > ") + out;
      if (joined.size() > kSectionBytesMax) {
        if (out.empty()) out = truncate_utf8(heading->text, kSectionBytesMax);
        break;
      }
      out = joined;
    }
    return out;
  }

  const ParsedDocument& document_;
  const ChunkOptions& options_;
  std::vector<Heading> headings_;
  std::vector<Piece> pieces_;  // of the open section
  std::optional<ByteRange> header_;
  std::vector<Chunk> chunks_;
};

}  // namespace

std::vector<Chunk> chunk(const ParsedDocument& document, const ChunkOptions& options) {
  if (options.tokens_target < kTokensMin || options.tokens_target > kTokensMax ||
      options.tokens_overlap > options.tokens_target / 2)
    throw Error(ErrorCode::invalid_argument,
                "chunks take 32 to 2048 tokens, and overlap by at most half of that");
  return Chunker(document, options).run();
}

}  // namespace carrel::ingest
