#include "cli/jsonl.h"

#include <fstream>

#include "core/error.h"
#include "core/utf8.h"

namespace carrel::cli {
namespace {

constexpr std::size_t kLineBytesMax = 16 << 20;

}  // namespace

void refuse_line(const std::filesystem::path& file, std::size_t number, const std::string& what) {
  throw Error(ErrorCode::invalid_argument,
              file.filename().string() + ", line " + std::to_string(number) + ": " + what);
}

void for_each_line(const std::filesystem::path& file,
                   const std::function<void(const std::string&, std::size_t)>& take) {
  std::ifstream in(file);
  if (!in) throw Error(ErrorCode::not_found, "cannot read " + file.string());
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (trim(line).empty()) continue;
    if (line.size() > kLineBytesMax) refuse_line(file, number, "the line is longer than 16 MiB");
    take(line, number);
  }
}

std::string text_of(const nlohmann::json& value) {
  return value.is_string() ? clean_utf8(value.get<std::string>()) : value.dump();
}

JsonLine::JsonLine(const std::filesystem::path& file, std::size_t number, const std::string& text)
    : file_(file), number_(number), object_(nlohmann::json::parse(text, nullptr, false)) {
  if (!object_.is_object())
    refuse_line(file_, number_, R"(expected one JSON object, as in {"_id": "1", "text": "..."})");
}

bool JsonLine::has(const char* field) const {
  const auto found = object_.find(field);
  return found != object_.end() && !found->is_null();
}

std::string JsonLine::required(const char* field) const {
  const auto found = object_.find(field);
  if (found == object_.end() || !(found->is_string() || found->is_number()))
    refuse_line(file_, number_, std::string("the text '") + field + "' is missing");
  return text_of(*found);
}

std::string JsonLine::optional(const char* field) const {
  return has(field) ? required(field) : std::string();
}

bool JsonLine::flag(const char* field, bool otherwise) const {
  if (!has(field)) return otherwise;
  if (!object_[field].is_boolean())
    refuse_line(file_, number_, std::string("'") + field + "' must be true or false");
  return object_[field].get<bool>();
}

std::int32_t JsonLine::number(const char* field, std::int32_t otherwise) const {
  if (!has(field)) return otherwise;
  if (!object_[field].is_number_integer())
    refuse_line(file_, number_, std::string("'") + field + "' must be a whole number");
  return object_[field].get<std::int32_t>();
}

std::vector<std::string> JsonLine::list(const char* field) const {
  if (!has(field)) return {};
  const nlohmann::json& value = object_[field];
  if (value.is_string()) return {text_of(value)};
  if (!value.is_array())
    refuse_line(file_, number_, std::string("'") + field + "' must be a list of texts");
  std::vector<std::string> out;
  for (const nlohmann::json& one : value) out.push_back(text_of(one));
  return out;
}

}  // namespace carrel::cli
