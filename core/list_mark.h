// core/list_mark.h
//
// The marks that lines of a list, headings and quotations begin with. Any thread; pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace carrel {

// Of the leading "- ", "* ", "+ ", "3. ", "3) ", "## ", "> " or bullet of a line, white space
// before and after it included; without a mark that of the white space alone.
std::size_t list_mark_length(std::string_view line);

// Whether a line begins with the mark of a list: one of those that is no heading's and no
// quotation's.
bool is_list_item(std::string_view line);

}  // namespace carrel
