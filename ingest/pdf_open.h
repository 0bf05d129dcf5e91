// ingest/pdf_open.h
//
// Opening a PDF with poppler: quiet, never asking for a password. Foreign types stay in .cpp files,
// so this header is for parse_pdf.cpp and render_page.cpp only.
//
// One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <poppler-document.h>
#include <poppler-page.h>

namespace carrel::ingest {

// `bytes` must outlive the document. Errors: invalid_argument (broken, encrypted).
std::unique_ptr<poppler::document> open_pdf(std::string_view bytes);

}  // namespace carrel::ingest
