// tests/system/near_identical_world.h
//
// A folder of documents that differ only by company, year or version and by their numbers, as real
// files with pages, and questions that name both and ask for a figure on one page.
//
// Made hard the way such libraries are: namesakes ("Northwind Energy", "Northwind Foods") and
// subsidiaries, the figure of the year before quoted beside this year's, titles that leave out the
// company where the folder or the file's name tells it, the same wording everywhere else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace carrel::testing {

struct NamedQuestion {
  std::string text;
  std::string file;  // below the folder
  int page = 0;      // 1-based, where the figure stands
};

// Writes some sixty files of up to seventeen pages below `folder`, PDF and text with form feeds,
// and returns `questions` about them. Equal seeds give equal files and questions.
std::vector<NamedQuestion> make_near_identical(const std::filesystem::path& folder,
                                               std::uint64_t seed, std::size_t questions);

}  // namespace carrel::testing
