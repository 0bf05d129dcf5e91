#include "server/json_text.h"

#include <algorithm>

#include "core/error.h"
#include "core/utf8.h"

namespace carrel::server {

using nlohmann::json;

namespace {

Error invalid(const std::string& what) { return Error(ErrorCode::invalid_argument, what); }

}  // namespace

json parse_json_object(std::string_view text) {
  if (!is_valid_utf8(text)) throw invalid("The body is not valid UTF-8.");
  const auto watch = [](int depth, json::parse_event_t, json&) {
    if (depth > kJsonDepthMax) throw invalid("The body is nested too deeply.");
    return true;
  };
  json out;
  try {
    out = json::parse(text, watch);
  } catch (const json::exception&) {
    throw invalid("The body is not valid JSON.");
  }
  if (!out.is_object()) throw invalid("The body must be a JSON object.");
  return out;
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string string_member(const json& object, const char* name, std::string fallback) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return fallback;
  if (!found->is_string()) throw invalid("'" + std::string(name) + "' must be a string.");
  return found->get<std::string>();
}

std::string required_string(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string())
    throw invalid("'" + std::string(name) + "' is missing or not a string.");
  return found->get<std::string>();
}

std::int64_t integer_member(const json& object, const char* name, std::int64_t fallback,
                            std::int64_t min, std::int64_t max) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return fallback;
  const std::string bounds =
      " must be a whole number from " + std::to_string(min) + " to " + std::to_string(max) + ".";
  if (!found->is_number_integer()) throw invalid("'" + std::string(name) + "'" + bounds);
  const bool is_huge = found->is_number_unsigned() &&
                       found->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const std::int64_t value = is_huge ? INT64_MAX : found->get<std::int64_t>();
  if (value < min || value > max) throw invalid("'" + std::string(name) + "'" + bounds);
  return value;
}

std::vector<std::string> strings_member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  const Error wrong = invalid("'" + std::string(name) + "' must be a list of strings.");
  if (!found->is_array()) throw wrong;
  std::vector<std::string> out;
  for (const json& item : *found) {
    if (!item.is_string()) throw wrong;
    out.push_back(item.get<std::string>());
  }
  return out;
}

bool flag_member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return false;
  if (!found->is_boolean())
    throw Error(ErrorCode::invalid_argument, "'" + std::string(name) + "' must be true or false.");
  return found->get<bool>();
}

void refuse_unknown_members(const json& object, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : object.items())
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw invalid("The body has a member that is not known here.");
}

json code_point_spans(std::string_view text, const std::vector<ByteRange>& ranges) {
  json out = json::array();
  std::size_t byte = 0;
  std::size_t points = 0;
  const auto advance_to = [&](std::size_t to) {
    to = floor_to_code_point(text, std::min(to, text.size()));
    if (to < byte) {
      byte = 0;
      points = 0;
    }
    points += count_code_points(text.substr(byte, to - byte));
    byte = to;
    return points;
  };
  for (const ByteRange& range : ranges) {
    const std::size_t begin = advance_to(range.begin);
    const std::size_t end = advance_to(range.end);
    if (end > begin) out.push_back({begin, end});
  }
  return out;
}

json page_json(std::int32_t page) { return page > 0 ? json(page) : json(nullptr); }

}  // namespace carrel::server
