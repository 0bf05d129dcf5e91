// Writer::known_files: one pass over the catalogue for a whole run of ingestion.
#include <cstring>

#include "index/library_state.h"
#include "index/writer.h"

namespace carrel::index {

// Collections are few, so each answers from its own index of uris.
std::vector<KnownDocument> Writer::known_files(const std::string& prefix) const {
  std::string behind = prefix;  // the first text that sorts behind all that start with `prefix`
  if (behind.empty())
    behind = "\xff";
  else
    behind.back() = static_cast<char>(static_cast<unsigned char>(behind.back()) + 1);
  const auto db = library_.state().store.read();
  auto& read = db->statement(
      "SELECT d.id, c.name, d.uri, d.sha256, d.parser, d.acl_class_id, d.owner FROM collection c "
      "CROSS JOIN document d ON d.collection_id = c.id AND d.uri >= ?1 AND d.uri < ?2 "
      "ORDER BY d.uri, d.id");
  read.bind(1, prefix).bind(2, behind);
  std::vector<KnownDocument> out;
  while (read.step()) {
    KnownDocument known{.document = DocumentId{read.integer(0)},
                        .collection = std::string(read.text(1)),
                        .uri = std::string(read.text(2))};
    const std::string_view digest = read.blob(3);
    if (digest.size() == known.sha256.size())
      std::memcpy(known.sha256.data(), digest.data(), digest.size());
    known.parser_version = read.text(4);
    known.acl_class = AclClassId{read.integer(5)};
    known.owner = read.text(6);
    out.push_back(std::move(known));
  }
  read.reset();
  return out;
}

}  // namespace carrel::index
