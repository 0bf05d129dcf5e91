#include "server/context.h"

#include <charconv>

#include "core/error.h"

namespace carrel::server {

namespace {

std::optional<std::int64_t> as_id(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < 1 || text.front() == '0') return std::nullopt;
  return value;
}

Error absent() {
  return Error(ErrorCode::not_found, "There is no such document, or you may not read it.");
}

}  // namespace

std::optional<std::string> Context::query_value(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

std::vector<std::string> Context::query_values(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : query)
    if (key == name) out.push_back(value);
  return out;
}

std::int64_t Context::path_id(std::string_view name) const {
  for (const auto& [key, value] : path)
    if (key == name)
      if (const auto id = as_id(value)) return *id;
  throw absent();
}

const std::string& Context::path_text(std::string_view name) const {
  for (const auto& [key, value] : path)
    if (key == name) return value;
  throw absent();
}

std::optional<std::int64_t> Context::query_id(std::string_view name) const {
  const auto text = query_value(name);
  if (!text) return std::nullopt;
  if (const auto id = text->empty() ? std::nullopt : as_id(*text)) return id;
  throw absent();
}

std::int64_t Context::query_integer(std::string_view name, std::int64_t fallback, std::int64_t min,
                                    std::int64_t max) const {
  const auto text = query_value(name);
  if (!text) return fallback;
  std::int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end || value < min || value > max)
    throw Error(ErrorCode::invalid_argument,
                "'" + std::string(name) + "' must be a whole number from " + std::to_string(min) +
                    " to " + std::to_string(max) + ".");
  return value;
}

void Context::answer_json(std::string text, int status) {
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(text);
}

}  // namespace carrel::server
