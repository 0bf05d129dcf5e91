// ingest/parser.h
//
// Reads one file, or draws one of its pages, in a confined child process that has seen no other
// document: a warmed single-threaded parent (the nursery, exec'd from this same program) forks one
// child a file. The child has no network, no files but fonts and tables of characters, an empty
// environment, and limits on memory, time and output; a crash or a hang costs that one file.
//
// A program that uses ParserPool must call run_parser_child_if_asked() first thing in main().
//
// Threads: ParserPool's members may run on many threads; at most `children_max` children read and
// as many draw at once, so that neither waits for the other.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/parsed_document.h"

namespace carrel::ingest {

struct ParseLimits {
  std::size_t file_bytes_max = 256ULL << 20;
  std::size_t memory_bytes_max = 1024ULL << 20;   // the child's address space
  std::size_t text_bytes_max = 64ULL << 20;       // of one document's text
  std::size_t unpacked_bytes_max = 512ULL << 20;  // of archives and office files
  std::int32_t pages_max = 20'000;
  std::chrono::milliseconds time_max{120'000};      // wall clock of one file
  std::chrono::milliseconds draw_time_max{20'000};  // and of one page's image, for which one waits
};

struct ParseOptions {
  ParseLimits limits;
  std::size_t children_max = 2;
};

struct PageBox {  // in points from the page's top left corner
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

struct PageImage {
  std::string png;
  std::int32_t width = 0;
  std::int32_t height = 0;
};

class ParserPool {
 public:
  explicit ParserPool(const ParseOptions& options);
  ~ParserPool();

  // Starts the nursery and asks what confines it; the first request does so by itself. Errors:
  // unavailable (this machine cannot confine, says what is missing).
  void warm();

  // `name` gives the extension, the bytes decide what the file is. Errors: invalid_argument (not a
  // kind that is read; broken; encrypted: says which), too_large, deadline, unavailable.
  ParsedDocument parse(std::string_view bytes, std::string_view name);

  // One page of a PDF as PNG with `boxes` marked; `dpi` 36..300. Errors: as parse, not_found
  // (page).
  PageImage draw_page(std::string_view bytes, std::int32_t page, const std::vector<PageBox>& boxes,
                      int dpi);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// If this process was started as the nursery, serves until the other side goes and never returns.
void run_parser_child_if_asked(int argc, char** argv);

// Whether a file of this name is of a kind that is read at all ("report.pdf": yes, "a.png": no).
bool is_readable_name(std::string_view name);

}  // namespace carrel::ingest
