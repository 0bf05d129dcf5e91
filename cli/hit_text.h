// cli/hit_text.h
//
// A passage as people read it in a terminal: where it stands, and its words around those that were
// looked for. What comes from documents cannot steer the terminal: control characters are gone.
// Any thread; pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace carrel::cli {

// Without control characters (C0, DEL, C1) and with single spaces: one line.
std::string plain_line(std::string_view text);
// The same, but lines stay lines.
std::string plain_text(std::string_view text);

// "Leave policy > Carrying over, page 3". `hit` is a hit, source or citation as the API gives it.
// A section that begins with the title does not say it twice.
std::string place_of(const nlohmann::json& hit);

// The last two parts of a path ("policies/leave.md"); an address of another kind as it is.
std::string short_uri(const std::string& uri);

// About 240 characters of a hit's text where most of its highlights stand, these in bold on a
// terminal and between asterisks elsewhere.
std::string snippet(const nlohmann::json& hit, bool terminal);

}  // namespace carrel::cli
