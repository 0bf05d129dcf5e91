// core/config.h
//
// One TOML file, read once at start. Each room has an Options struct and binds its fields by name:
//
//   config.read("server.listen", options.listen);
//   config.read("retrieve.passages_max", options.passages_max, 1, 32);
//   ...
//   config.finish();   // any key that nobody read is refused, with the nearest name that exists
//
// The environment overrides the file: CARREL_SERVER_LISTEN stands for server.listen. A value of the
// wrong type or out of range is an Error that names the key, the value and what is allowed.
// One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace carrel {

class Config {
 public:
  using Environment = std::function<std::optional<std::string>(const std::string& name)>;

  // A missing file is an empty configuration. Errors: invalid_argument (not TOML; says the line).
  static Config load(const std::filesystem::path& file, Environment environment);
  static Config parse(std::string_view toml, Environment environment);
  static std::optional<std::string> process_environment(const std::string& name);

  void read(std::string_view key, std::string& value);
  void read(std::string_view key, bool& value);
  void read(std::string_view key, std::vector<std::string>& value);  // environment: comma-separated
  void read(std::string_view key, double& value, double min, double max);
  void read(std::string_view key, std::chrono::milliseconds& value, std::chrono::milliseconds min,
            std::chrono::milliseconds max);  // written as milliseconds: key ends in _ms
  template <class Integer>
  requires std::is_integral_v<Integer>
  void read(std::string_view key, Integer& value, Integer min, Integer max) {
    std::int64_t wide = static_cast<std::int64_t>(value);
    read_integer(key, wide, static_cast<std::int64_t>(min), static_cast<std::int64_t>(max));
    value = static_cast<Integer>(wide);
  }

  // Errors: invalid_argument naming the first unknown key and its nearest known name.
  void finish() const;

 private:
  using Value = std::variant<std::string, bool, std::int64_t, double, std::vector<std::string>>;
  void read_integer(std::string_view key, std::int64_t& value, std::int64_t min, std::int64_t max);
  std::optional<std::string> from_environment(std::string_view key);
  const Value* find(std::string_view key);

  std::map<std::string, Value, std::less<>> values_;
  std::set<std::string, std::less<>> known_;
  Environment environment_;
};

// The candidate with the smallest edit distance, if that is at most a third of the word.
std::optional<std::string> nearest_name(std::string_view word,
                                        const std::vector<std::string>& candidates);

}  // namespace carrel
