#include "index/document_names.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>

#include "core/error.h"
#include "index/document_edition.h"

namespace carrel::index {
namespace {

using Kind = NameKey::Kind;

// Where a document is called so; one bit each, so that the weight of the best place can be looked
// up. Title and file name are what people copy; folders group; authors and collections only hint.
enum Field : std::uint8_t {
  kTitle = 1,
  kFile = 2,
  kFolder = 4,
  kCollection = 8,
  kAuthor = 16,
  kMetadata = 32,
};

double weight_of(std::uint8_t fields, Kind kind) {
  const double scale = kind == Kind::initials ? 0.7 : 1.0;
  if ((fields & kTitle) != 0) return scale;
  if ((fields & (kFile | kMetadata)) != 0) return 0.9 * scale;
  if ((fields & kFolder) != 0) return 0.8 * scale;
  return 0.5 * scale;
}

constexpr std::size_t kFieldBytesMax = 400;
constexpr std::size_t kRareDocuments = 64;  // a key of so many documents may bring new ones

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string spelled(const NameKey& key) {
  return static_cast<char>('0' + static_cast<int>(key.kind)) + key.value;
}

// A multiple of 2^-32: sums of these are exact, whatever the order of the keys, which depends on
// documents nobody may see.
double idf_of(std::uint64_t frequency, std::uint64_t documents) {
  const auto df = static_cast<double>(std::min(frequency, documents));
  const auto n = static_cast<double>(documents);
  return std::nearbyint(std::log(1.0 + (n - df + 0.5) / (df + 0.5)) * 0x1p32) * 0x1p-32;
}

}  // namespace

struct DocumentNames::State {
  using KeyId = std::uint32_t;
  using Slot = std::uint32_t;

  struct Posting {
    Slot slot;
    std::uint8_t fields;
  };
  struct OwnKey {
    KeyId key;
    std::uint8_t fields;
    std::uint32_t place;  // of this document among the key's postings
  };
  struct Key {
    Kind kind = Kind::word;
    std::vector<Posting> postings;
    std::unordered_map<std::int64_t, std::uint32_t> by_class;
  };
  struct Entry {
    DocumentId id;  // 0: free
    AclClassId acl_class;
    std::int64_t passages = 0;
    std::vector<OwnKey> keys;  // ascending
    Edition edition;
  };

  mutable std::shared_mutex mutex;
  std::unordered_map<std::string, KeyId> ids;
  std::vector<Key> keys;
  std::vector<Entry> entries;
  std::vector<Slot> free;
  std::unordered_map<DocumentId, Slot> slots;
  std::unordered_map<std::uint64_t, std::vector<Slot>> families;
  std::unordered_map<std::int64_t, std::uint32_t> documents_by_class;

  static std::uint64_t sum(const std::unordered_map<std::int64_t, std::uint32_t>& by_class,
                           const access::Visibility& visible) {
    std::uint64_t total = 0;
    for (const auto& [acl_class, count] : by_class)
      if (visible.permits(AclClassId{acl_class})) total += count;
    return total;
  }
  static void subtract(std::unordered_map<std::int64_t, std::uint32_t>& by_class,
                       AclClassId acl_class) {
    const auto it = by_class.find(acl_class.value);
    if (it != by_class.end() && --it->second == 0) by_class.erase(it);
  }

  void count(const Entry& entry, bool is_added) {
    const auto change = [&](auto& by_class) {
      if (is_added)
        ++by_class[entry.acl_class.value];
      else
        subtract(by_class, entry.acl_class);
    };
    change(documents_by_class);
    for (const OwnKey& own : entry.keys) change(keys[own.key].by_class);
  }

  // Null: the document is not called so.
  template <class AnyEntry>
  static auto* own_key(AnyEntry& entry, KeyId key) {
    const auto at = std::lower_bound(entry.keys.begin(), entry.keys.end(), key,
                                     [](const OwnKey& own, KeyId id) { return own.key < id; });
    return at != entry.keys.end() && at->key == key ? &*at : nullptr;
  }

  void remove(DocumentId document) {
    const auto found = slots.find(document);
    if (found == slots.end()) return;
    Entry& entry = entries[found->second];
    count(entry, false);
    for (const OwnKey& own : entry.keys) {
      auto& postings = keys[own.key].postings;
      const Posting last = postings.back();
      postings[own.place] = last;
      own_key(entries[last.slot], own.key)->place = own.place;
      postings.pop_back();
    }
    const auto family = families.find(entry.edition.family);
    std::erase(family->second, found->second);
    if (family->second.empty()) families.erase(family);
    entry = {};
    free.push_back(found->second);
    slots.erase(found);
  }

  KeyId key_id(const NameKey& key) {
    const auto [it, is_new] = ids.try_emplace(spelled(key), static_cast<KeyId>(keys.size()));
    if (is_new) keys.push_back({.kind = key.kind});
    return it->second;
  }
};

DocumentNames::DocumentNames() : state_(std::make_unique<State>()) {}
DocumentNames::~DocumentNames() = default;

void DocumentNames::put(const Analyzer& analyzer, const DocumentInfo& document) {
  if (document.chunks == 0) return remove(document.id);
  std::unordered_map<std::string, std::pair<NameKey, std::uint8_t>> all;
  const auto add = [&](std::string_view text, Field field) {
    for (NameKey& key : name_keys(analyzer, text.substr(0, kFieldBytesMax), false)) {
      auto& entry = all[spelled(key)];
      entry.first = std::move(key);
      entry.second |= field;
    }
  };
  add(document.title, kTitle);
  add(file_words(document.uri), kFile);
  add(folder_words(document.uri), kFolder);
  add(document.collection, kCollection);
  add(document.author, kAuthor);
  for (const auto& [name, value] : document.metadata) add(value, kMetadata);

  const std::unique_lock lock(state_->mutex);
  state_->remove(document.id);
  State::Slot slot = static_cast<State::Slot>(state_->entries.size());
  if (state_->free.empty()) {
    state_->entries.emplace_back();
  } else {
    slot = state_->free.back();
    state_->free.pop_back();
  }
  State::Entry& entry = state_->entries[slot];
  entry.id = document.id;
  entry.acl_class = document.acl_class;
  entry.passages = document.chunks;
  entry.edition = edition_of(analyzer, document);
  state_->families[entry.edition.family].push_back(slot);
  for (const auto& [spelling, key] : all) {
    const State::KeyId id = state_->key_id(key.first);
    auto& postings = state_->keys[id].postings;
    entry.keys.push_back({id, key.second, static_cast<std::uint32_t>(postings.size())});
    postings.push_back({slot, key.second});
  }
  std::sort(entry.keys.begin(), entry.keys.end(),
            [](const State::OwnKey& a, const State::OwnKey& b) { return a.key < b.key; });
  state_->slots[document.id] = slot;
  state_->count(entry, true);
}

void DocumentNames::set_class(DocumentId document, AclClassId acl_class) {
  const std::unique_lock lock(state_->mutex);
  const auto found = state_->slots.find(document);
  if (found == state_->slots.end()) return;
  State::Entry& entry = state_->entries[found->second];
  state_->count(entry, false);
  entry.acl_class = acl_class;
  state_->count(entry, true);
}

void DocumentNames::remove(DocumentId document) {
  const std::unique_lock lock(state_->mutex);
  state_->remove(document);
}

bool DocumentNames::is_superseded(const access::Visibility& visible, DocumentId document,
                                  std::string_view today) const {
  const std::shared_lock lock(state_->mutex);
  const auto found = state_->slots.find(document);
  if (found == state_->slots.end()) return false;
  const State::Entry& entry = state_->entries[found->second];
  if (!visible.permits(entry.acl_class)) return false;
  if (entry.edition.says_it_is_past) return true;
  if (!entry.edition.valid_to.empty() && entry.edition.valid_to < today) return true;
  if (entry.edition.family == 0 || !entry.edition.is_ordered()) return false;
  const auto& family = state_->families.at(entry.edition.family);
  return std::any_of(family.begin(), family.end(), [&](State::Slot slot) {
    const State::Entry& other = state_->entries[slot];
    return is_newer(other.edition, entry.edition) && visible.permits(other.acl_class) &&
           has_begun(other.edition, today);
  });
}

namespace {

// One key of the question among the readable documents.
struct Asked {
  std::uint32_t key = 0;
  std::size_t bit = 0;
  std::uint64_t frequency = 0;
  double idf = 0;
  Kind kind = Kind::word;
  bool brings = false;  // documents; otherwise it only adds to those that others bring
};

// "3 days" means no file that is called 3.pdf.
bool is_short_number(const NameKey& key) {
  return key.kind == Kind::word && key.value.size() <= 3 &&
         std::all_of(key.value.begin(), key.value.end(), is_digit);
}

// What the question says of one kind of edition, and how to tell a document that says otherwise.
struct AskedEdition {
  Kind kind;
  std::uint64_t bits = 0;  // of the question's keys of this kind that a readable document has
};

}  // namespace

NameMatches DocumentNames::match(const Scope& scope, std::span<const NameKey> question) const {
  NameMatches out;
  question = question.first(std::min(question.size(), kQuestionKeysMax));
  out.idf.assign(question.size(), 0.0);
  const std::shared_lock lock(state_->mutex);
  out.visible_documents = State::sum(state_->documents_by_class, scope.visible);
  std::unordered_map<State::KeyId, double> idf_known;
  const auto idf = [&](State::KeyId key) {
    const auto [it, is_new] = idf_known.try_emplace(key, 0.0);
    if (is_new)
      it->second =
          idf_of(State::sum(state_->keys[key].by_class, scope.visible), out.visible_documents);
    return it->second;
  };

  // Rare keys bring documents, common ones only add to those that are there.
  const std::uint64_t rare = std::max<std::uint64_t>(kRareDocuments, out.visible_documents / 4);
  std::vector<Asked> asked;
  AskedEdition editions[] = {{Kind::year}, {Kind::quarter}, {Kind::version}};
  for (std::size_t bit = 0; bit < question.size(); ++bit) {
    const auto found = state_->ids.find(spelled(question[bit]));
    if (found == state_->ids.end()) continue;
    const std::uint64_t df = State::sum(state_->keys[found->second].by_class, scope.visible);
    if (df == 0) continue;
    out.idf[bit] = idf(found->second);
    asked.push_back({found->second, bit, df, out.idf[bit], question[bit].kind,
                     df <= rare && !is_short_number(question[bit])});
    for (AskedEdition& edition : editions)
      if (edition.kind == question[bit].kind) edition.bits |= std::uint64_t{1} << bit;
  }
  std::sort(asked.begin(), asked.end(), [](const Asked& a, const Asked& b) {
    if (a.brings != b.brings) return a.brings;
    return a.frequency != b.frequency ? a.frequency < b.frequency : a.bit < b.bit;
  });

  std::unordered_map<State::Slot, NameMatch> found;
  for (const Asked& one : asked) {
    if (!one.brings && found.empty()) break;
    const auto add = [&](NameMatch& match, std::uint8_t fields) {
      match.matched += one.idf * weight_of(fields, one.kind);
      match.keys |= std::uint64_t{1} << one.bit;
    };
    if (!one.brings && found.size() < state_->keys[one.key].postings.size() / 8) {
      for (auto& [slot, match] : found) {
        const State::OwnKey* own = State::own_key(state_->entries[slot], one.key);
        if (own != nullptr) add(match, own->fields);
      }
      continue;
    }
    for (const State::Posting& posting : state_->keys[one.key].postings) {
      const State::Entry& entry = state_->entries[posting.slot];
      if (!scope.visible.permits(entry.acl_class)) continue;
      if (scope.documents != nullptr && !scope.documents->contains(entry.id)) continue;
      if (!one.brings) {
        const auto at = found.find(posting.slot);
        if (at != found.end()) add(at->second, posting.fields);
        continue;
      }
      NameMatch& match = found[posting.slot];
      match.document = entry.id;
      add(match, posting.fields);
    }
  }

  std::vector<std::pair<State::Slot, NameMatch>> best(found.begin(), found.end());
  const auto better = [](const auto& a, const auto& b) {
    return a.second.matched != b.second.matched ? a.second.matched > b.second.matched
                                                : a.second.document < b.second.document;
  };
  const std::size_t kept = std::min(best.size(), kMatchesMax);
  std::partial_sort(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(kept), best.end(),
                    better);
  best.resize(kept);

  std::unordered_map<State::KeyId, std::size_t> bit_of;
  for (const Asked& one : asked) bit_of.emplace(one.key, one.bit);
  for (auto& [slot, match] : best) {
    double title = 0, file = 0;
    bool is_called[3] = {}, is_called_so[3] = {};
    const auto is_met = [&](State::KeyId key) {
      const auto it = bit_of.find(key);
      return it != bit_of.end() && ((match.keys >> it->second) & 1) != 0;
    };
    for (const auto& [key, fields, place] : state_->entries[slot].keys) {
      const Kind kind = state_->keys[key].kind;
      for (std::size_t i = 0; i < 3; ++i)
        if (editions[i].kind == kind && (fields & (kCollection | kAuthor)) != fields) {
          is_called[i] = true;
          is_called_so[i] = is_called_so[i] || is_met(key);
        }
      if (kind == Kind::initials || is_met(key)) continue;
      if ((fields & kTitle) != 0) title += idf(key);
      if ((fields & kFile) != 0) file += idf(key);
    }
    match.passages = state_->entries[slot].passages;
    match.unmatched = std::min(title, file);
    match.is_of_other_year = editions[0].bits != 0 && is_called[0] && !is_called_so[0];
    match.is_of_other_quarter = editions[1].bits != 0 && is_called[1] && !is_called_so[1];
    match.is_of_other_version = editions[2].bits != 0 && is_called[2] && !is_called_so[2];
    out.documents.push_back(match);
  }
  return out;
}

}  // namespace carrel::index
