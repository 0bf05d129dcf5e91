// cli/jsonl.h
//
// Files of one JSON object a line, read so that a mistake in one is told by file, line and field.
// One thread. Errors: not_found (no such file), invalid_argument (a line that is not what it should
// be).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace carrel::cli {

// Calls `take` for each line that is not blank, without its line ending; lines count from 1.
void for_each_line(const std::filesystem::path& file,
                   const std::function<void(const std::string&, std::size_t)>& take);

[[noreturn]] void refuse_line(const std::filesystem::path& file, std::size_t number,
                              const std::string& what);

// A JSON text or number as text, valid UTF-8: some collections write ids as numbers.
std::string text_of(const nlohmann::json& value);

class JsonLine {
 public:
  JsonLine(const std::filesystem::path& file, std::size_t number, const std::string& text);
  // `file` must outlive the line.
  JsonLine(std::filesystem::path&&, std::size_t, const std::string&) = delete;

  bool has(const char* field) const;  // present and not null
  std::string required(const char* field) const;
  std::string optional(const char* field) const;  // "" where it is absent or null
  bool flag(const char* field, bool otherwise) const;
  std::int32_t number(const char* field, std::int32_t otherwise) const;
  std::vector<std::string> list(const char* field) const;  // of texts; one text alone does too

 private:
  const std::filesystem::path& file_;
  std::size_t number_;
  nlohmann::json object_;
};

}  // namespace carrel::cli
