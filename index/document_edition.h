// index/document_edition.h
//
// Which of several documents of one name a document is: its year, version and validity as its
// title, file, folders and metadata tell them, and what is newer. Also how a file's name is read.
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "index/types.h"

namespace carrel::index {

struct Edition {
  std::uint64_t family = 0;          // hash of what its name says besides the edition
  int year = 0;                      // 0: none
  std::vector<int> version;          // {3, 2}; empty: none
  std::string valid_from, valid_to;  // dates of the metadata, or empty
  bool says_it_is_past = false;

  // Whether anything can be newer at all; most names say nothing of it.
  bool is_ordered() const { return year > 0 || !version.empty() || !valid_from.empty(); }
};

Edition edition_of(const Analyzer& analyzer, const DocumentInfo& document);

// `today`: "2024-03-01".
bool has_begun(const Edition& edition, std::string_view today);
bool is_newer(const Edition& a, const Edition& b);

// "NorthwindEnergy_AR2023" -> "Northwind Energy AR 2023".
std::string parted(std::string_view name);
// The words of a file's name without its extension, and those of the folders it lies in.
std::string file_words(std::string_view uri);
std::string folder_words(std::string_view uri);

}  // namespace carrel::index
