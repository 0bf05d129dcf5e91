#include "server/contribution.h"

#include <algorithm>

#include "core/error.h"
#include "index/collection_name.h"

namespace carrel::server {

namespace {

// Whether these rights, as people wrote them, would let the user read. Deny wins.
bool lets_read(const access::AclSpec& acl, const access::UserInfo& user,
               const std::vector<std::string>& labels) {
  const auto names = [&](const std::string& principal) {
    const access::PrincipalName one = access::parse_principal(principal);
    const auto has = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), one.name) != list.end();
    };
    switch (one.kind) {
      case access::PrincipalKind::user:
        return one.name == user.name;
      case access::PrincipalKind::group:
        return has(user.groups);
      case access::PrincipalKind::role:
        return has(user.roles);
      case access::PrincipalKind::everyone:
        return true;
    }
    return false;
  };
  const auto rank = [&](const std::string& label) {
    return std::find(labels.begin(), labels.end(), label) - labels.begin();
  };
  return std::any_of(acl.allow.begin(), acl.allow.end(), names) &&
         std::none_of(acl.deny.begin(), acl.deny.end(), names) &&
         (acl.label.empty() || rank(acl.label) <= rank(user.clearance));
}

}  // namespace

void check_may_add_to(Service& service, const Caller& caller, const std::string& collection) {
  if (collection.empty()) return;
  index::checked_collection_name(collection);
  const access::Identity& who = caller.identity;
  if (who.actions.contains(access::Action::manage_collection) || collection == "default") return;
  const auto defaults = service.library.writer().collection_default(collection);
  if (defaults && lets_read(*defaults, who.user, service.access.labels())) return;
  const access::Visibility visible = service.access.visibility(who.user.id);
  for (const index::CollectionInfo& one : service.library.reader().collections(visible))
    if (one.name == collection && one.documents > 0) return;
  throw Error(ErrorCode::denied,
              "You may not add to a collection of that name. Choose one that you can read in, or "
              "ask somebody who manages collections.");
}

}  // namespace carrel::server
