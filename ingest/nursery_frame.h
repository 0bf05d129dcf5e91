// ingest/nursery_frame.h
//
// The bytes that pass between a process that wants a file read, the nursery, and the child that
// reads it. Requests come from our own process; answers come from a child that a document may have
// taken over, so decoding one checks every length, order and value before it is believed.
//
// Numbers are little-endian, strings carry a 64-bit length. Errors of the decoders: corrupt.
// Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "ingest/parsed_document.h"
#include "ingest/parser.h"

namespace carrel::ingest {

inline constexpr std::size_t kNameBytesMax = 4096;
inline constexpr std::size_t kBoxesMax = 4096;
inline constexpr std::size_t kRequestBytesMax = 128 << 10;
inline constexpr std::size_t kWarningsMax = 64;
// Of a drawn page; 100 inches at 300 dpi are refused before.
inline constexpr std::int64_t kPixelsMax = 40'000'000;

enum class RequestKind : std::uint8_t {
  parse = 1,
  draw = 2,
  report = 3,  // which walls are missing
  probe = 4,   // try what `name` says and tell how it went: for tests of the walls
};

struct ChildRequest {
  RequestKind kind = RequestKind::parse;
  std::string name;
  ParseLimits limits;
  std::int32_t page = 0;
  std::int32_t dpi = 0;
  std::vector<PageBox> boxes;
};

std::string encode_request(const ChildRequest& request);
ChildRequest decode_request(std::string_view frame);

// An answer is one byte of kind and a payload.
enum class AnswerKind : std::uint8_t { document = 1, image = 2, texts = 3, error = 4 };

std::string encode_answer(const ParsedDocument& document);
std::string encode_answer(const PageImage& image);
std::string encode_answer(const std::vector<std::string>& texts);
std::string encode_answer(const Error& error);

// The largest answer that `limits` allow a child to give.
std::size_t answer_bytes_max(const ParseLimits& limits);

// Each throws the Error that the answer carries, if it carries one.
ParsedDocument decode_document(std::string_view answer, const ParseLimits& limits);
PageImage decode_image(std::string_view answer);
std::vector<std::string> decode_texts(std::string_view answer);

}  // namespace carrel::ingest
