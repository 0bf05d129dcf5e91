// server/json_text.h
//
// JSON in and out with bounds. Private to this folder's .cpp files: it brings the whole library in.
//
// Any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace carrel::server {

inline constexpr int kJsonDepthMax = 64;

// An object of valid UTF-8, at most kJsonDepthMax deep. Errors: invalid_argument.
nlohmann::json parse_json_object(std::string_view text);

// Never throws for bad UTF-8: it becomes U+FFFD.
std::string dump(const nlohmann::json& json);

// Members with their type checked. Errors: invalid_argument, naming the member.
std::string string_member(const nlohmann::json& object, const char* name, std::string fallback);
std::string required_string(const nlohmann::json& object, const char* name);
std::int64_t integer_member(const nlohmann::json& object, const char* name, std::int64_t fallback,
                            std::int64_t min, std::int64_t max);
std::vector<std::string> strings_member(const nlohmann::json& object, const char* name);
bool flag_member(const nlohmann::json& object, const char* name);  // absent: false
void refuse_unknown_members(const nlohmann::json& object,
                            std::initializer_list<std::string_view> known);

// Byte ranges in `text` as [[start, end], ...] in Unicode code points. Ranges ascend.
nlohmann::json code_point_spans(std::string_view text, const std::vector<ByteRange>& ranges);

// null for page 0.
nlohmann::json page_json(std::int32_t page);

}  // namespace carrel::server
