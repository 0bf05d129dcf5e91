// generate/unit_text.h
//
// What the letters of a line say about it: the ends of sentences, the cells of a row.
// Any thread; pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"

namespace carrel::generate {

// "3." or "12)" alone, which sentence rules part from the item it counts.
bool is_bare_number(std::string_view text);

bool ends_a_sentence(std::string_view text);

// The cells of "a | b" or "| a | b |".
std::vector<std::string> cells_of(std::string_view row);

// Whether the cells are the line under a table's header: "--- | ---".
bool is_rule_row(const std::vector<std::string>& cells);

// "Grade: E", "Maximum: 66,600"; without column names "E", "66,600". Empty cells are left out.
std::vector<std::string> readable_cells(const std::vector<std::string>& cells,
                                        const std::vector<std::string>& names);

// One line, the cells parted by semicolons.
std::string joined(const std::vector<std::string>& cells);

// Whether the words begin with a pronoun that stands for something said before.
bool leans_back(const std::vector<Word>& words);

}  // namespace carrel::generate
