// ingest/folder_rules.h
//
// carrel.toml in a folder: which collection, ACL, label, owner and metadata the files below it get.
//
//   collection = "hr"                 [[match]]              # exceptions by glob (ingest/glob.h),
//   allow = ["group:hr"]              glob  = "salary*"      # relative to this folder; later wins
//   deny  = []                        label = "restricted"
//   label = "confidential"            allow = ["group:hr-leads"]
//   owner = "user:helen"
//   [metadata]
//   department = "HR"
//
// For each key the nearest file up the tree wins, up to the folder that was given to ingest and no
// further; metadata wins name by name. `allow = []` is a value: nobody. "*" stays inside its
// folder: to reach files in folders below write "**/salary*" or "salaries/**".
//
// A rule that cannot be read or understood stops the run, before anything is written: falling back
// to the rule of a wider folder would show documents to people who must not see them.
//
// Threads: load() on one thread; after that the const members on many.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingest/glob.h"

namespace carrel::ingest {

inline constexpr std::string_view kRuleFileName = "carrel.toml";

// What is set, and nothing where it is not.
struct FolderRule {
  std::optional<std::string> collection;
  std::optional<std::vector<std::string>> allow;  // principals, as access::to_string writes them
  std::optional<std::vector<std::string>> deny;
  std::optional<std::string> label;
  std::optional<std::string> owner;
  std::map<std::string, std::string> metadata;
  bool operator==(const FolderRule&) const = default;

  // Takes from `wider` what is not set here.
  void inherit(const FolderRule& wider);
};

// The names that a rule may use.
struct RuleNames {
  std::vector<std::string> labels;
  std::vector<std::string> principals;  // every user and group; roles are judged when interned
};

// "user:ana", checked against `names`. Errors: invalid_argument (the nearest known name as a hint).
std::string checked_principal(std::string_view text, const RuleNames& names);
std::string checked_label(std::string_view text, const RuleNames& names);

// One carrel.toml.
class RuleFile {
 public:
  // `file` is for messages. Errors: invalid_argument (file, line, what is wrong).
  static RuleFile parse(std::string_view toml, const std::string& file, const RuleNames& names);

  // What this file says of `path`, which is relative to the file's folder.
  FolderRule rule_for(std::string_view path) const;

 private:
  FolderRule base_;
  std::vector<std::pair<Glob, FolderRule>> matches_;  // in the order of the file
};

// All rule files of one folder given to ingest.
class FolderRules {
 public:
  FolderRules(std::filesystem::path root, RuleNames names);

  // Reads the rule file of `folder`, relative to the root, "" for the root itself; it must be
  // there. Errors: invalid_argument (cannot be read, or is wrong: says which file and line).
  void load(const std::string& folder);

  // `path` is relative to the root.
  FolderRule rule_for(std::string_view path) const;

 private:
  std::filesystem::path root_;
  RuleNames names_;
  std::map<std::string, RuleFile, std::less<>> files_;  // by folder
};

}  // namespace carrel::ingest
