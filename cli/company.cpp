#include "cli/company.h"

#include <set>

#include <toml++/toml.h>

#include "core/error.h"
#include "core/file.h"

namespace carrel::cli {
namespace {

constexpr std::size_t kFileBytesMax = 4 << 20;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::invalid_argument, "company file: " + what);
}

std::string required(const toml::table& table, const char* key) {
  const auto value = table[key].value<std::string>();
  if (!value || value->empty()) refuse(std::string("an entry lacks '") + key + "'");
  return *value;
}

std::vector<std::string> list(const toml::table& table, const char* key) {
  std::vector<std::string> out;
  const auto* array = table[key].as_array();
  if (array == nullptr) return out;
  for (const auto& item : *array) {
    const auto text = item.value<std::string>();
    if (!text) refuse(std::string("'") + key + "' takes a list of texts");
    out.push_back(*text);
  }
  return out;
}

template <class Each>
void each_table(const toml::table& root, const char* key, const Each& each) {
  const auto* array = root[key].as_array();
  if (array == nullptr) return;
  for (const auto& item : *array) {
    const auto* table = item.as_table();
    if (table == nullptr) refuse(std::string("write [[") + key + "]]");
    each(*table);
  }
}

}  // namespace

CompanyReport import_company(access::AccessControl& access, access::Credentials& credentials,
                             const std::filesystem::path& file) {
  toml::table root;
  try {
    root = toml::parse(read_file(file, kFileBytesMax));
  } catch (const toml::parse_error& e) {
    refuse("line " + std::to_string(e.source().begin.line) + ": " + std::string(e.description()));
  }
  for (const auto& [key, node] : root)
    if (key.str() != "group" && key.str() != "user")
      refuse("unknown key '" + std::string(key.str()) + "'; there are group and user");

  CompanyReport report;
  std::set<std::string> groups;
  for (const auto& group : access.groups()) groups.insert(group.name);
  each_table(root, "group", [&](const toml::table& table) {
    const std::string name = required(table, "name");
    if (!groups.insert(name).second) return;
    access.create_group(name);
    ++report.groups;
  });
  each_table(root, "user", [&](const toml::table& table) {
    const std::string name = required(table, "name");
    if (access.find_user(name)) return;
    access.create_user(name, table["display_name"].value_or(name), required(table, "clearance"),
                       list(table, "roles"));
    credentials.set_password(name, required(table, "password"));
    ++report.users;
  });
  each_table(root, "group", [&](const toml::table& table) {
    for (const std::string& member : list(table, "members"))
      access.add_member(member, "group:" + required(table, "name"));
  });
  return report;
}

}  // namespace carrel::cli
