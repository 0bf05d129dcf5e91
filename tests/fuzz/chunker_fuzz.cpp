// Any text cut into blocks of any kind: chunks of valid text that lie in the document, in order.
#include <algorithm>

#include "ingest/parse_builder.h"
#include "tests/fuzz/parse_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carrel;
  using namespace carrel::ingest;
  if (size < 2) return 0;
  const ChunkOptions options{.tokens_target = 32U + data[0], .tokens_overlap = data[1] % 17U};
  DocumentBuilder builder{ParseLimits{}};
  // A byte of kind before each line.
  std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  while (!rest.empty()) {
    const auto first = static_cast<std::uint8_t>(rest[0]);
    const std::size_t end = std::min(rest.find('\n', 1), rest.size());
    const auto kind = static_cast<BlockKind>(first % 6);
    builder.add(kind, rest.substr(1, end - 1),
                kind == BlockKind::heading ? static_cast<std::uint8_t>(1 + first / 6 % 6)
                                           : std::uint8_t{0});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const ParsedDocument document = builder.take("text/plain");
  std::size_t ordinal = 0;
  for (const Chunk& piece : chunk(document, options)) {
    CARREL_ASSERT(piece.ordinal == ordinal++);
    CARREL_ASSERT(piece.span.begin < piece.span.end && piece.span.end <= document.text.size());
    CARREL_ASSERT(is_valid_utf8(piece.text) && is_valid_utf8(piece.section));
    CARREL_ASSERT(piece.section.size() <= 512);
  }
  return 0;
}
