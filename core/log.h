// core/log.h
//
// What operators read: events with ids, sizes and durations, never a question, a passage, a title
// or a secret. One line an event on standard error, plain or as JSON. Any thread.
//
//   log::info("ingest.document_added", {{"document", id.value}, {"chunks", 12}});
//
// Control characters in values are escaped, so nobody's text can forge a line.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace carrel::log {

enum class Level : std::uint8_t { debug, info, warning, error, off };

struct Field {
  std::string_view name;
  std::variant<std::int64_t, double, bool, std::string> value;

  Field(std::string_view n, std::int64_t v) : name(n), value(v) {}
  Field(std::string_view n, int v) : name(n), value(std::int64_t{v}) {}
  Field(std::string_view n, std::size_t v) : name(n), value(static_cast<std::int64_t>(v)) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, const std::string& v) : name(n), value(v) {}
};

struct Options {
  std::string level = "info";  // debug, info, warning, error, off
  bool json = false;
};

// Errors: invalid_argument (unknown level). Call once, before threads start.
void configure(const Options& options);

void write(Level level, std::string_view event, std::initializer_list<Field> fields);

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::warning, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::error, event, fields);
}

// The line as it would be written, without the time: exposed for its test.
std::string format(Level level, std::string_view event, std::initializer_list<Field> fields,
                   bool json);

}  // namespace carrel::log
