// Any bytes as an answer of a child that was taken over: believed only if it keeps every promise.
#include "ingest/nursery_frame.h"
#include "tests/fuzz/parse_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carrel;
  using namespace carrel::ingest;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto accept_error = [](auto&& decode) {
    try {
      decode();
    } catch (const Error&) {
    }
  };
  accept_error([&] { check_promises(decode_document(bytes, ParseLimits{})); });
  accept_error([&] { static_cast<void>(decode_image(bytes)); });
  accept_error([&] { static_cast<void>(decode_texts(bytes)); });
  accept_error([&] { static_cast<void>(decode_request(bytes)); });
  return 0;
}
