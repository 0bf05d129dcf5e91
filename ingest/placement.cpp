#include "ingest/placement.h"

#include <algorithm>

#include "core/error.h"
#include "index/collection_name.h"

namespace carrel::ingest {
namespace {

void sort_and_unite(std::vector<std::string>& principals) {
  std::sort(principals.begin(), principals.end());
  principals.erase(std::unique(principals.begin(), principals.end()), principals.end());
}

RuleNames names_of(const access::AccessControl& access) {
  RuleNames names{.labels = access.labels()};
  for (const access::UserInfo& user : access.users())
    names.principals.push_back("user:" + user.name);
  for (const access::GroupInfo& group : access.groups())
    names.principals.push_back("group:" + group.name);
  return names;
}

FolderRule rule_of(const IngestRequest& request, const RuleNames& names) {
  FolderRule rule;
  const auto checked = [&](const std::vector<std::string>& principals) {
    std::vector<std::string> out;
    for (const std::string& one : principals) out.push_back(checked_principal(one, names));
    return out;
  };
  if (!request.collection.empty())
    rule.collection = index::checked_collection_name(request.collection);
  if (!request.allow.empty()) rule.allow = checked(request.allow);
  if (!request.deny.empty()) rule.deny = checked(request.deny);
  if (!request.label.empty()) rule.label = checked_label(request.label, names);
  if (!request.owner.empty()) rule.owner = checked_principal(request.owner, names);
  return rule;
}

}  // namespace

bool is_for_nobody(const access::AclSpec& acl) {
  return acl.allow.empty() ||
         std::find(acl.deny.begin(), acl.deny.end(), "everyone") != acl.deny.end();
}

Placement::Placement(index::Library& library, const IngestRequest& request)
    : library_(library), names_(names_of(library.access())), request_(rule_of(request, names_)) {}

// A collection that has a default of its own takes nothing from the library's but the label.
access::AclSpec Placement::default_of(const std::string& collection) const {
  const std::scoped_lock lock(mutex_);
  if (const auto known = defaults_.find(collection); known != defaults_.end()) return known->second;
  const auto whole = library_.writer().collection_default("").value_or(access::AclSpec{});
  access::AclSpec spec = library_.writer().collection_default(collection).value_or(whole);
  if (spec.label.empty()) spec.label = whole.label;
  if (spec.label.empty()) spec.label = library_.access().default_label();
  return defaults_.emplace(collection, std::move(spec)).first->second;
}

Place Placement::decide(FolderRule rule) const {
  FolderRule all = request_;
  all.inherit(rule);
  Place place{.collection = all.collection.value_or("default")};
  access::AclSpec usual = default_of(place.collection);
  place.acl.allow = all.allow ? *std::move(all.allow) : std::move(usual.allow);
  place.acl.deny = all.deny ? *std::move(all.deny) : std::move(usual.deny);
  place.acl.label = all.label ? *std::move(all.label) : std::move(usual.label);
  place.owner = all.owner.value_or("");
  if (!place.owner.empty()) place.acl.allow.push_back(place.owner);
  sort_and_unite(place.acl.allow);
  sort_and_unite(place.acl.deny);
  place.metadata = std::move(all.metadata);
  return place;
}

}  // namespace carrel::ingest
