#include "core/log.h"

#include <array>
#include <atomic>
#include <cstdio>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/utf8.h"

namespace carrel::log {
namespace {

std::atomic<bool> json_lines{false};

constexpr std::array<std::string_view, 5> kLevelNames = {"debug", "info", "warning", "error",
                                                         "off"};

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("carrel",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");  // we write time and level ourselves, alike in both forms
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *instance;
}

// Characters that a terminal or a log viewer would act upon: C0 and C1 controls, line and paragraph
// separators, and marks that turn the direction of text.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 ||
         (c >= 0x200e && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  const bool is_valid = is_valid_utf8(text);  // else every byte beyond ASCII is escaped
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80 || !is_valid ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = size == 1 ? lead : static_cast<char32_t>(lead & (0xff >> (size + 1)));
    for (std::size_t k = 1; k < size; ++k)
      c = (c << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3f);
    if (is_control(c) || (lead >= 0x80 && !is_valid)) {
      std::array<char, 16> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
      out += escaped.data();
    } else {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.append(text.substr(i, size));
    }
    i += size;
  }
  out.push_back('"');
}

void append_value(std::string& out, const Field& field) {
  if (const auto* i = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*i);
  } else if (const auto* d = std::get_if<double>(&field.value)) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.6g", *d);
    out += text.data();
  } else if (const auto* b = std::get_if<bool>(&field.value)) {
    out += *b ? "true" : "false";
  } else {
    append_quoted(out, std::get<std::string>(field.value));
  }
}

}  // namespace

void configure(const Options& options) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (options.level != kLevelNames[i]) continue;
    logger().set_level(spdlog_level(static_cast<Level>(i)));
    json_lines = options.json;
    return;
  }
  throw Error(
      ErrorCode::invalid_argument,
      "log.level '" + options.level + "' is unknown; use debug, info, warning, error or off");
}

std::string format(Level level, std::string_view event, std::initializer_list<Field> fields,
                   bool json) {
  std::string out;
  const std::string_view level_name = kLevelNames[static_cast<std::size_t>(level)];
  if (json) {
    out += "\"level\":";
    append_quoted(out, level_name);
    out += ",\"event\":";
    append_quoted(out, event);
  } else {
    out.append(level_name).append(" ").append(event);
  }
  for (const Field& field : fields) {
    if (json) {
      out.push_back(',');
      append_quoted(out, field.name);
      out.push_back(':');
    } else {
      out.append(" ").append(field.name).append("=");
    }
    append_value(out, field);
  }
  return out;
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!logger().should_log(spdlog_level(level))) return;
  const bool json = json_lines;
  const std::string time = to_rfc3339(SystemClock().now());
  const std::string body = format(level, event, fields, json);
  const std::string line = json ? "{\"time\":\"" + time + "\"," + body + "}" : time + " " + body;
  logger().log(spdlog_level(level), spdlog::string_view_t(line));
}

}  // namespace carrel::log
