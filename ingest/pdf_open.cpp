#include "ingest/pdf_open.h"

#include <limits>

#include <poppler-global.h>

#include "core/error.h"

namespace carrel::ingest {

std::unique_ptr<poppler::document> open_pdf(std::string_view bytes) {
  // What poppler complains about may quote the document.
  poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr);
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw Error(ErrorCode::too_large, "PDF files above 2 GB are not read");
  std::unique_ptr<poppler::document> document(
      poppler::document::load_from_raw_data(bytes.data(), static_cast<int>(bytes.size())));
  if (!document) throw Error(ErrorCode::invalid_argument, "broken: no PDF reader can open it");
  if (document->is_locked())
    throw Error(ErrorCode::invalid_argument,
                "encrypted: it opens with a password only; remove the password and save it again");
  return document;
}

}  // namespace carrel::ingest
