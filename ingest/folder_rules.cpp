#include "ingest/folder_rules.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include "access/access_control.h"
#include "core/config.h"
#include "core/error.h"
#include "core/error_hint.h"
#include "core/file.h"
#include "core/utf8.h"
#include "index/collection_name.h"

namespace carrel::ingest {
namespace {

constexpr std::size_t kRuleFileBytesMax = 1 << 20;
constexpr std::size_t kMetadataBytesMax = 4096;  // of one value

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::invalid_argument, what);
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  const auto nearest = nearest_name(word, known);
  return nearest ? "; did you mean '" + *nearest + "'?" : std::string();
}

// A refusal that already says where.
struct PlacedError : Error {
  using Error::Error;
};

// Reads one table of a carrel.toml. Every message names the file and the line.
class TableReader {
 public:
  TableReader(const std::string& file, const RuleNames& names) : file_(file), names_(names) {}

  FolderRule read(const toml::table& table, bool is_match) const {
    std::vector<std::string> known = {"collection", "allow", "deny", "label", "owner", "metadata"};
    known.emplace_back(is_match ? "glob" : "match");
    FolderRule rule;
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      at(key.source(), [&, &value = node] {
        if (name == "collection")
          rule.collection = index::checked_collection_name(text_of(value, name));
        else if (name == "allow")
          rule.allow = principals_of(value, name);
        else if (name == "deny")
          rule.deny = principals_of(value, name);
        else if (name == "label")
          rule.label = checked_label(text_of(value, name), names_);
        else if (name == "owner")
          rule.owner = owner_of(value);
        else if (name == "metadata")
          rule.metadata = metadata_of(value);
        else if (std::find(known.begin(), known.end(), name) == known.end())
          refuse("unknown key '" + name + "'" + suggestion(name, known));
      });
    }
    return rule;
  }

  Glob glob_of(const toml::table& match) const {
    const toml::node* glob = match.get("glob");
    if (glob == nullptr)
      at(match.source(), [] { refuse("a [[match]] needs a glob, as in glob = \"salary*\""); });
    std::optional<Glob> out;
    at(glob->source(), [&] { out.emplace(text_of(*glob, "glob")); });
    return *std::move(out);
  }

  // Runs `body`; what it throws gets file and line in front.
  template <class Body>
  void at(const toml::source_region& place, const Body& body) const {
    try {
      body();
    } catch (const PlacedError&) {
      throw;
    } catch (const Error& e) {
      throw PlacedError(ErrorCode::invalid_argument,
                        file_ + ", line " + std::to_string(place.begin.line) + ": " + with_hint(e));
    }
  }

 private:
  static std::string text_of(const toml::node& node, const std::string& key) {
    if (!node.is_string()) refuse(key + " takes a text in quotes");
    return node.as_string()->get();
  }

  std::vector<std::string> principals_of(const toml::node& node, const std::string& key) const {
    if (!node.is_array()) refuse(key + " takes a list, as in " + key + " = [\"group:hr\"]");
    std::vector<std::string> out;
    for (const toml::node& item : *node.as_array()) {
      if (!item.is_string()) refuse(key + " takes a list of principals in quotes");
      out.push_back(checked_principal(item.as_string()->get(), names_));
    }
    return out;
  }

  std::string owner_of(const toml::node& node) const {
    const std::string text = text_of(node, "owner");
    if (trim(text).empty()) return "";  // nobody owns it
    std::string owner = checked_principal(text, names_);
    if (owner == "everyone") refuse("a document is owned by a user, a group or a role");
    return owner;
  }

  std::map<std::string, std::string> metadata_of(const toml::node& node) const {
    if (!node.is_table()) refuse("metadata takes a table, as in [metadata] department = \"HR\"");
    std::map<std::string, std::string> out;
    for (const auto& [key, value] : *node.as_table())
      at(key.source(), [&, name = std::string(key.str()), &one = value] {
        out[name] = metadata_value(one, name);
      });
    return out;
  }

  static std::string metadata_value(const toml::node& node, const std::string& name) {
    if (node.is_table() || node.is_array())
      refuse("metadata '" + name + "' takes one value, not a list or table");
    std::ostringstream written;
    if (const auto* text = node.as_string())
      written << text->get();
    else
      written << toml::node_view<const toml::node>(node);
    if (written.str().size() > kMetadataBytesMax)
      refuse("metadata '" + name + "' may have at most 4096 bytes");
    return written.str();
  }

  const std::string& file_;
  const RuleNames& names_;
};

template <class Value>
void take_if_unset(std::optional<Value>& mine, const std::optional<Value>& wider) {
  if (!mine) mine = wider;
}

}  // namespace

void FolderRule::inherit(const FolderRule& wider) {
  take_if_unset(collection, wider.collection);
  take_if_unset(allow, wider.allow);
  take_if_unset(deny, wider.deny);
  take_if_unset(label, wider.label);
  take_if_unset(owner, wider.owner);
  metadata.insert(wider.metadata.begin(), wider.metadata.end());
}

std::string checked_principal(std::string_view text, const RuleNames& names) {
  const access::PrincipalName principal = access::parse_principal(text);
  std::string written = access::to_string(principal);
  const bool is_person = principal.kind == access::PrincipalKind::user ||
                         principal.kind == access::PrincipalKind::group;
  if (is_person && std::find(names.principals.begin(), names.principals.end(), written) ==
                       names.principals.end())
    throw HintedError(ErrorCode::invalid_argument, "there is no " + written,
                      suggestion(written, names.principals));
  return written;
}

std::string checked_label(std::string_view text, const RuleNames& names) {
  if (std::find(names.labels.begin(), names.labels.end(), text) != names.labels.end())
    return std::string(text);
  std::string known;
  for (const std::string& label : names.labels) known += (known.empty() ? "" : ", ") + label;
  refuse("there is no label '" + std::string(text) + "' among " + known +
         suggestion(text, names.labels));
}

RuleFile RuleFile::parse(std::string_view text, const std::string& file, const RuleNames& names) {
  RuleFile out;
  const TableReader reader(file, names);
  try {
    const toml::table table = toml::parse(text, file);
    out.base_ = reader.read(table, /*is_match=*/false);
    const toml::node* matches = table.get("match");
    if (matches == nullptr) return out;
    const toml::array* list = matches->as_array();
    reader.at(matches->source(), [&] {
      if (list == nullptr) refuse("match is written [[match]], with two brackets on each side");
    });
    for (const toml::node& match : *list) {
      reader.at(match.source(), [&] {
        if (!match.is_table()) refuse("match is written [[match]], with a glob and what it sets");
      });
      const toml::table& one = *match.as_table();
      out.matches_.emplace_back(reader.glob_of(one), reader.read(one, /*is_match=*/true));
    }
  } catch (const toml::parse_error& e) {
    refuse(file + ", line " + std::to_string(e.source().begin.line) + ": " +
           std::string(e.description()));
  }
  return out;
}

FolderRule RuleFile::rule_for(std::string_view path) const {
  FolderRule out;
  for (auto match = matches_.rbegin(); match != matches_.rend(); ++match)
    if (match->first.matches(path)) out.inherit(match->second);
  out.inherit(base_);
  return out;
}

namespace {

// A link could lead out of the folder, and what a rule file does not understand it quotes.
std::string read_rules(const std::filesystem::path& file) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat about {};
  const std::string name = clean_utf8(file.string());
  if (!fd && errno == ELOOP)
    refuse(name + " is a symbolic link, which is not followed; put the file itself there");
  if (!fd || ::fstat(fd.get(), &about) != 0)
    refuse("cannot read " + name + ": " + std::strerror(errno));
  if (!S_ISREG(about.st_mode)) refuse(name + " is not a file");
  if (about.st_size > static_cast<off_t>(kRuleFileBytesMax))
    refuse(name + " is larger than " + std::to_string(kRuleFileBytesMax) + " bytes");
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  const ssize_t n = ::pread(fd.get(), text.data(), text.size(), 0);
  if (n < 0) refuse("cannot read " + name + ": " + std::strerror(errno));
  text.resize(static_cast<std::size_t>(n));
  return text;
}

}  // namespace

FolderRules::FolderRules(std::filesystem::path root, RuleNames names)
    : root_(std::move(root)), names_(std::move(names)) {}

void FolderRules::load(const std::string& folder) {
  const std::filesystem::path file = root_ / folder / kRuleFileName;
  std::string text;
  try {
    text = read_rules(file);
  } catch (const Error& e) {
    refuse("the rules of a folder cannot be read, so nothing was ingested: " +
           std::string(e.what()));
  }
  files_.insert_or_assign(folder, RuleFile::parse(text, clean_utf8(file.string()), names_));
}

FolderRule FolderRules::rule_for(std::string_view path) const {
  FolderRule out;
  std::size_t end = path.rfind('/');
  while (!files_.empty()) {
    const bool is_root = end == std::string_view::npos;
    const std::string_view folder = is_root ? std::string_view() : path.substr(0, end);
    if (const auto file = files_.find(folder); file != files_.end())
      out.inherit(file->second.rule_for(is_root ? path : path.substr(end + 1)));
    if (is_root) break;
    end = end == 0 ? std::string_view::npos : path.rfind('/', end - 1);
  }
  return out;
}

}  // namespace carrel::ingest
