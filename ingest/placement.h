// ingest/placement.h
//
// Where a file goes and who may read it: what the request says, else its carrel.toml, else the
// collection's default, else the library's; without any of them nobody may read it.
//
// The owner is an entry of the allow list like any other.
//
// Threads: decide() on many threads. Ownership: borrows the library.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "index/library.h"
#include "ingest/folder_rules.h"
#include "ingest/ingestor.h"

namespace carrel::ingest {

struct Place {
  std::string collection;
  access::AclSpec
      acl;  // sorted, without repetitions, its label spelled out: as describe() gives it
  std::string owner;
  std::map<std::string, std::string> metadata;
};

// Whether a document of these rights is read by nobody at all.
bool is_for_nobody(const access::AclSpec& acl);

class Placement {
 public:
  // Errors: invalid_argument (the request names what does not exist).
  Placement(index::Library& library, const IngestRequest& request);

  const RuleNames& names() const { return names_; }
  Place decide(FolderRule rule) const;

 private:
  access::AclSpec default_of(const std::string& collection) const;

  index::Library& library_;
  RuleNames names_;
  FolderRule request_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, access::AclSpec> defaults_;  // by collection; guarded by mutex_
};

}  // namespace carrel::ingest
