#include "index/document_names.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>

#include "core/editions.h"
#include "core/error.h"

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
constexpr std::size_t kInitialsMin = 2, kInitialsMax = 6;
constexpr std::size_t kRareDocuments = 64;  // a key of so many documents may bring new ones

// What a company's name ends in by law tells nobody apart, and is said or left out as it comes.
bool is_legal_form(std::string_view folded) {
  static const std::unordered_set<std::string_view> forms = {
      "plc", "inc", "incorporated", "ltd", "limited", "llc", "llp", "corp", "corporation",
      "co",  "ag",  "gmbh",         "kg",  "sa",      "sas", "spa", "srl",  "nv",
      "bv",  "ab",  "oy",           "oyj", "asa",     "aps", "pty"};
  return forms.contains(folded);
}

std::string spelled(const NameKey& key) {
  return static_cast<char>('0' + static_cast<int>(key.kind)) + key.value;
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "NorthwindEnergy_AR2023" -> "Northwind Energy AR 2023".
std::string parted(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i], before = i > 0 ? name[i - 1] : ' ';
    const char after = i + 1 < name.size() ? name[i + 1] : ' ';
    const bool starts_name = is_upper(c) && (is_lower(before) || is_digit(before) ||
                                             (is_upper(before) && is_lower(after)));
    if (starts_name || (is_digit(c) && (is_lower(before) || is_upper(before)))) out += ' ';
    out += c == '_' ? ' ' : c;
  }
  return out;
}

std::string_view file_of(std::string_view uri) { return uri.substr(uri.rfind('/') + 1); }
std::string_view folder_of(std::string_view uri) {
  const std::size_t slash = uri.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : uri.substr(0, slash);
}
std::string_view without_extension(std::string_view file) {
  const std::size_t dot = file.rfind('.');
  return dot == std::string_view::npos || dot == 0 || file.size() - dot > 6 ? file
                                                                            : file.substr(0, dot);
}

Kind kind_of(EditionKind kind) {
  switch (kind) {
    case EditionKind::year:
      return Kind::year;
    case EditionKind::quarter:
      return Kind::quarter;
    case EditionKind::version:
      return Kind::version;
    case EditionKind::month:
      return Kind::month;
    case EditionKind::day:
      break;
  }
  return Kind::day;
}

// The initials of each run of capitalised words: "Northwind Energy Holdings" -> ne, neh.
void add_initials(std::string_view text, const std::vector<Word>& words,
                  std::vector<NameKey>& out) {
  std::string run;
  const auto take = [&] {
    for (std::size_t n = kInitialsMin; n <= std::min(run.size(), kInitialsMax); ++n)
      out.push_back({Kind::initials, run.substr(0, n)});
    run.clear();
  };
  std::size_t end = 0;
  for (const Word& word : words) {
    const std::string_view between = text.substr(end, word.span.begin - end);
    const char first = text[word.span.begin];
    const bool is_joined = end > 0 && between.find_first_not_of(" -&.") == std::string_view::npos;
    end = word.span.end;
    if (!is_joined) take();
    if (is_upper(first))
      run += static_cast<char>(first + 32);
    else if (!word.is_stop_word)
      take();
  }
  take();
}

void add_question_initials(std::string_view text, const std::vector<Word>& words,
                           std::vector<NameKey>& out) {
  for (const Word& word : words) {
    const std::string_view raw = text.substr(word.span.begin, word.span.size());
    if (raw.size() < kInitialsMin || raw.size() > kInitialsMax) continue;
    const bool is_upper_case = std::all_of(raw.begin(), raw.end(), is_upper);
    const bool is_lower_case = std::all_of(raw.begin(), raw.end(), is_lower);
    if (is_upper_case || (is_lower_case && !word.is_stop_word && raw.size() <= 5))
      out.push_back({Kind::initials, Analyzer::fold(raw)});
  }
}

// Which of several documents of one name this is.
struct Edition {
  std::uint64_t family = 0;          // hash of what its name says besides the edition
  int year = 0;                      // 0: none
  std::vector<int> version;          // {3, 2}; empty: none
  std::string valid_from, valid_to;  // dates of the metadata, or empty
  bool says_it_is_past = false;

  // Whether anything can be newer at all; most names say nothing of it.
  bool is_ordered() const { return year > 0 || !version.empty() || !valid_from.empty(); }
};

// Words by which a name says that the document no longer holds.
bool is_past_word(std::string_view word) {
  static const std::unordered_set<std::string_view> words = {
      "superseded", "withdrawn", "obsolete", "outdated", "archive",
      "archived",   "expired",   "revoked",  "old",      "deprecated"};
  return words.contains(word);
}

std::vector<int> version_numbers(std::string_view value) {
  std::vector<int> out(1, 0);
  for (const char c : value) {
    if (c == '.')
      out.push_back(0);
    else
      out.back() = std::min(out.back() * 10 + (c - '0'), 1'000'000);
  }
  return out;
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Edition edition_of(const Analyzer& analyzer, const DocumentInfo& document) {
  Edition out;
  const std::string file = parted(without_extension(file_of(document.uri)));
  const std::string folder = parted(folder_of(document.uri));
  std::vector<std::string> words;
  bool has_day = false;
  const auto read_words = [&](std::string_view text) {
    const std::vector<EditionMark> editions = find_editions(text);
    for (const Word& word : analyzer.words(text)) {
      const std::string folded = Analyzer::fold(text.substr(word.span.begin, word.span.size()));
      out.says_it_is_past = out.says_it_is_past || is_past_word(folded);
      const bool is_of_edition =
          std::any_of(editions.begin(), editions.end(), [&](const EditionMark& mark) {
            return word.span.begin >= mark.span.begin && word.span.begin < mark.span.end;
          });
      if (!is_of_edition && !is_past_word(folded)) words.push_back(word.term);
    }
  };
  for (const std::string_view text :
       {std::string_view(document.title), std::string_view(file), std::string_view(folder)}) {
    for (const EditionMark& mark : find_editions(text)) {
      has_day = has_day || mark.kind == EditionKind::day;
      if (mark.kind == EditionKind::year && text.data() != folder.data())
        out.year = std::max(out.year, std::stoi(mark.value));
      if (mark.kind == EditionKind::version && out.version.empty())
        out.version = version_numbers(mark.value);
    }
  }
  // Papers of single days, minutes and letters, do not replace each other.
  if (has_day) out.year = 0;
  read_words(document.title);
  const std::size_t in_title = words.size();
  read_words(folder);
  for (const auto& [name, value] : document.metadata) {
    const std::string folded = Analyzer::fold(name);
    if (is_one_of(folded, {"valid_from", "effective", "effective_date", "effective_from"}))
      out.valid_from = value;
    if (is_one_of(folded, {"valid_to", "valid_until", "expires", "expiry"})) out.valid_to = value;
    if (folded == "superseded_by" || (folded == "status" && is_past_word(Analyzer::fold(value))))
      out.says_it_is_past = true;
    if (folded == "version" && out.version.empty())
      for (const EditionMark& mark : find_editions("version " + value))
        if (mark.kind == EditionKind::version) out.version = version_numbers(mark.value);
    if (is_one_of(folded, {"year", "fiscal_year"}) && out.year == 0)
      for (const EditionMark& mark : find_editions("FY " + value))
        if (mark.kind == EditionKind::year) out.year = std::stoi(mark.value);
  }
  std::string name = document.collection;
  for (const std::string& word : words) name += '\n' + word;
  // A title of nothing but its edition names no family.
  out.family = in_title == 0 ? 0 : std::hash<std::string>{}(name);
  return out;
}

bool has_begun(const Edition& edition, std::string_view today) {
  if (!edition.valid_from.empty() && edition.valid_from > today) return false;
  return edition.year == 0 || std::to_string(edition.year) <= today.substr(0, 4);
}

bool is_newer(const Edition& a, const Edition& b) {
  if (a.year > 0 && b.year > 0 && a.year != b.year) return a.year > b.year;
  if (!a.version.empty() && !b.version.empty() && a.version != b.version)
    return a.version > b.version;
  return !a.valid_from.empty() && !b.valid_from.empty() && a.valid_from > b.valid_from;
}

// A multiple of 2^-32: sums of these are exact, whatever the order of the keys, which depends on
// documents nobody may see.
double idf_of(std::uint64_t frequency, std::uint64_t documents) {
  const auto df = static_cast<double>(std::min(frequency, documents));
  const auto n = static_cast<double>(documents);
  return std::nearbyint(std::log(1.0 + (n - df + 0.5) / (df + 0.5)) * 0x1p32) * 0x1p-32;
}

}  // namespace

std::vector<NameKey> name_keys(const Analyzer& analyzer, std::string_view text, bool of_question) {
  std::vector<NameKey> out;
  const std::vector<EditionMark> editions = find_editions(text);
  const std::vector<Word> words = analyzer.words(text);
  std::size_t next = 0;
  for (const Word& word : words) {
    while (next < editions.size() && editions[next].span.end <= word.span.begin) ++next;
    const bool is_of_edition =
        next < editions.size() && word.span.begin >= editions[next].span.begin;
    if (!word.is_stop_word && !is_of_edition && !word.term.empty() &&
        !is_legal_form(Analyzer::fold(text.substr(word.span.begin, word.span.size()))))
      out.push_back({Kind::word, word.term});
  }
  for (const EditionMark& mark : editions) out.push_back({kind_of(mark.kind), mark.value});
  if (of_question)
    add_question_initials(text, words, out);
  else
    add_initials(text, words, out);
  std::unordered_set<std::string> seen;
  std::erase_if(out, [&](const NameKey& key) { return !seen.insert(spelled(key)).second; });
  return out;
}

struct DocumentNames::State {
  using KeyId = std::uint32_t;
  using Slot = std::uint32_t;

  struct Posting {
    Slot slot;
    std::uint8_t fields;
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
    std::vector<std::pair<KeyId, std::uint8_t>> keys;  // with their fields
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
    for (const auto& [key, fields] : entry.keys) change(keys[key].by_class);
  }

  void remove(DocumentId document) {
    const auto found = slots.find(document);
    if (found == slots.end()) return;
    Entry& entry = entries[found->second];
    count(entry, false);
    for (const auto& [key, fields] : entry.keys) {
      auto& postings = keys[key].postings;
      const auto at = std::find_if(postings.begin(), postings.end(), [&](const Posting& posting) {
        return posting.slot == found->second;
      });
      if (at == postings.end()) continue;
      *at = postings.back();
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
  add(parted(without_extension(file_of(document.uri))), kFile);
  add(parted(folder_of(document.uri)), kFolder);
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
    entry.keys.emplace_back(id, key.second);
    state_->keys[id].postings.push_back({slot, key.second});
  }
  std::sort(entry.keys.begin(), entry.keys.end());
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
};

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

  std::vector<Asked> asked;
  AskedEdition editions[] = {{Kind::year}, {Kind::quarter}, {Kind::version}};
  for (std::size_t bit = 0; bit < question.size(); ++bit) {
    const auto found = state_->ids.find(spelled(question[bit]));
    if (found == state_->ids.end()) continue;
    const std::uint64_t df = State::sum(state_->keys[found->second].by_class, scope.visible);
    if (df == 0) continue;
    out.idf[bit] = idf(found->second);
    asked.push_back({found->second, bit, df, out.idf[bit], question[bit].kind});
    for (AskedEdition& edition : editions)
      if (edition.kind == question[bit].kind) edition.bits |= std::uint64_t{1} << bit;
  }
  std::sort(asked.begin(), asked.end(), [](const Asked& a, const Asked& b) {
    return a.frequency != b.frequency ? a.frequency < b.frequency : a.bit < b.bit;
  });

  // Rare keys bring documents, common ones only add to those that are there.
  std::unordered_map<State::Slot, NameMatch> found;
  const std::uint64_t rare = std::max<std::uint64_t>(kRareDocuments, out.visible_documents / 4);
  for (const Asked& one : asked) {
    const bool brings = one.frequency <= rare;
    if (!brings && found.empty()) break;
    const auto add = [&](NameMatch& match, std::uint8_t fields) {
      match.matched += one.idf * weight_of(fields, one.kind);
      match.keys |= std::uint64_t{1} << one.bit;
    };
    if (!brings && found.size() < state_->keys[one.key].postings.size() / 8) {
      for (auto& [slot, match] : found) {
        const auto& keys = state_->entries[slot].keys;
        const auto at =
            std::lower_bound(keys.begin(), keys.end(), std::pair(one.key, std::uint8_t{0}));
        if (at != keys.end() && at->first == one.key) add(match, at->second);
      }
      continue;
    }
    for (const State::Posting& posting : state_->keys[one.key].postings) {
      const State::Entry& entry = state_->entries[posting.slot];
      if (!scope.visible.permits(entry.acl_class)) continue;
      if (scope.documents != nullptr && !scope.documents->contains(entry.id)) continue;
      if (!brings) {
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
    for (const auto& [key, fields] : state_->entries[slot].keys) {
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
