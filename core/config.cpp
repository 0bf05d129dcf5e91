#include "core/config.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>

#include <toml++/toml.h>

#include "core/error.h"

namespace carrel {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::invalid_argument, "configuration: " + what);
}

std::string joined(const std::string& prefix, std::string_view key) {
  return prefix.empty() ? std::string(key) : prefix + "." + std::string(key);
}

template <class Values>
void flatten(const toml::table& table, const std::string& prefix, Values& out) {
  for (const auto& [key, node] : table) {
    const std::string name = joined(prefix, key.str());
    if (const auto* sub = node.as_table()) {
      flatten(*sub, name, out);
    } else if (const auto* text = node.as_string()) {
      out[name] = text->get();
    } else if (const auto* flag = node.as_boolean()) {
      out[name] = flag->get();
    } else if (const auto* integer = node.as_integer()) {
      out[name] = integer->get();
    } else if (const auto* real = node.as_floating_point()) {
      out[name] = real->get();
    } else if (const auto* array = node.as_array()) {
      std::vector<std::string> items;
      for (const auto& item : *array) {
        if (!item.is_string()) refuse(name + " takes a list of strings");
        items.push_back(item.as_string()->get());
      }
      out[name] = std::move(items);
    } else {
      refuse(name + " has a type that no setting takes");
    }
  }
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view word,
                                        const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::optional<std::string> Config::process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

Config Config::load(const std::filesystem::path& file, Environment environment) {
  std::error_code ec;
  if (!std::filesystem::exists(file, ec)) return parse("", std::move(environment));
  std::ifstream in(file);
  if (!in) refuse("cannot read " + file.string() + "; check its permissions");
  std::stringstream text;
  text << in.rdbuf();
  return parse(text.str(), std::move(environment));
}

Config Config::parse(std::string_view toml_text, Environment environment) {
  Config config;
  config.environment_ = std::move(environment);
  try {
    flatten(toml::parse(toml_text), "", config.values_);
  } catch (const toml::parse_error& e) {
    refuse("line " + std::to_string(e.source().begin.line) + ": " + std::string(e.description()));
  }
  return config;
}

const Config::Value* Config::find(std::string_view key) {
  known_.insert(std::string(key));
  const auto it = values_.find(key);
  return it == values_.end() ? nullptr : &it->second;
}

std::optional<std::string> Config::from_environment(std::string_view key) {
  known_.insert(std::string(key));
  if (!environment_) return std::nullopt;
  std::string name = "CARREL_";
  for (const char c : key)
    name.push_back(c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  return environment_(name);
}

void Config::read(std::string_view key, std::string& value) {
  if (auto text = from_environment(key)) {
    value = *text;
  } else if (const Value* stored = find(key)) {
    const auto* as_text = std::get_if<std::string>(stored);
    if (as_text == nullptr) refuse(std::string(key) + " takes a text in quotes");
    value = *as_text;
  }
}

void Config::read(std::string_view key, bool& value) {
  if (auto text = from_environment(key)) {
    if (*text != "true" && *text != "false") refuse(std::string(key) + " takes true or false");
    value = *text == "true";
  } else if (const Value* stored = find(key)) {
    const auto* flag = std::get_if<bool>(stored);
    if (flag == nullptr) refuse(std::string(key) + " takes true or false");
    value = *flag;
  }
}

void Config::read(std::string_view key, std::vector<std::string>& value) {
  if (auto text = from_environment(key)) {
    value.clear();
    std::stringstream items(*text);
    for (std::string item; std::getline(items, item, ',');)
      if (!item.empty()) value.push_back(item);
  } else if (const Value* stored = find(key)) {
    const auto* list = std::get_if<std::vector<std::string>>(stored);
    if (list == nullptr) refuse(std::string(key) + " takes a list, as in [\"a\", \"b\"]");
    value = *list;
  }
}

void Config::read(std::string_view key, double& value, double min, double max) {
  if (auto text = from_environment(key)) {
    char* end = nullptr;
    value = std::strtod(text->c_str(), &end);
    if (text->empty() || *end != '\0')
      refuse(std::string(key) + " takes a number, not '" + *text + "'");
  } else if (const Value* stored = find(key)) {
    if (const auto* real = std::get_if<double>(stored)) {
      value = *real;
    } else if (const auto* integer = std::get_if<std::int64_t>(stored)) {
      value = static_cast<double>(*integer);
    } else {
      refuse(std::string(key) + " takes a number");
    }
  }
  if (!(value >= min && value <= max))
    refuse(std::string(key) + " must lie between " + std::to_string(min) + " and " +
           std::to_string(max));
}

void Config::read(std::string_view key, std::chrono::milliseconds& value,
                  std::chrono::milliseconds min, std::chrono::milliseconds max) {
  std::int64_t count = value.count();
  read_integer(key, count, min.count(), max.count());
  value = std::chrono::milliseconds(count);
}

void Config::read_integer(std::string_view key, std::int64_t& value, std::int64_t min,
                          std::int64_t max) {
  if (auto text = from_environment(key)) {
    const char* end = text->data() + text->size();
    const auto [stop, ec] = std::from_chars(text->data(), end, value);
    if (ec != std::errc{} || stop != end)
      refuse(std::string(key) + " takes a whole number, not '" + *text + "'");
  } else if (const Value* stored = find(key)) {
    const auto* integer = std::get_if<std::int64_t>(stored);
    if (integer == nullptr) refuse(std::string(key) + " takes a whole number");
    value = *integer;
  }
  if (value < min || value > max)
    refuse(std::string(key) + " is " + std::to_string(value) + " but must lie between " +
           std::to_string(min) + " and " + std::to_string(max));
}

void Config::finish() const {
  const std::vector<std::string> names(known_.begin(), known_.end());
  for (const auto& [key, value] : values_) {
    if (known_.contains(key)) continue;
    std::string what = "unknown key '" + key + "'";
    if (const auto nearest = nearest_name(key, names)) what += "; did you mean '" + *nearest + "'?";
    refuse(what);
  }
}

}  // namespace carrel
