// Any bytes as a docx file: a document that keeps its promises, or an Error.
#include "tests/fuzz/parse_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return carrel::ingest::fuzz_parser(carrel::ingest::parse_docx, data, size);
}
