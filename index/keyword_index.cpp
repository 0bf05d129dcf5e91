#include "index/keyword_index.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <unordered_map>

#include <xapian.h>

#include "core/error.h"
#include "core/file.h"
#include "index/stem_terms.h"
#include "index/visible_bm25.h"

namespace carrel::index {
namespace {

constexpr std::string_view kChangeKey = "carrel.change";
constexpr Xapian::termpos kFieldGap = 100;       // so that no phrase crosses from title to text
constexpr std::size_t kCachedTermsMax = 50'000;  // about 5 MB
constexpr std::size_t kPhraseSlack = 2;          // stop words inside a phrase are not indexed
constexpr int kReopenAttempts = 5;
constexpr std::size_t kEditsMax = 2;

// Edits between two words, neighbours exchanged being one (optimal string alignment); anything
// above `edits` where there are more.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t edits) {
  const std::size_t longer = std::max(a.size(), b.size());
  const std::size_t shorter = std::min(a.size(), b.size());
  if (longer - shorter > edits || longer > kTermBytesMax) return edits + 1;
  std::array<std::array<std::uint8_t, kTermBytesMax + 1>, 3> rows;
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = static_cast<std::uint8_t>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    row[0] = static_cast<std::uint8_t>(i);
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      int best = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = std::min(best, rows[(i + 1) % 3][j - 2] + 1);
      row[j] = static_cast<std::uint8_t>(best);
      least = std::min(least, static_cast<std::size_t>(best));
    }
    if (least > edits) return edits + 1;
  }
  return rows[a.size() % 3][b.size()];
}

// Files that are missing or say nonsense, as opposed to files that the system will not give now.
bool is_damage(const Xapian::Error& e) {
  const std::string_view type = e.get_type();
  if (type == "DatabaseCorruptError" || type == "DatabaseVersionError" ||
      type == "DatabaseNotFoundError")
    return true;
  const char* reason = e.get_error_string();              // the system's, where it is to blame
  if (type == "DatabaseError") return reason == nullptr;  // a file that ends too soon
  return type == "DatabaseOpeningError" &&
         (reason == nullptr || std::string_view(reason) == std::strerror(ENOENT));
}

[[noreturn]] void rethrow(const Xapian::Error& e) {
  if (is_damage(e))
    throw Error(ErrorCode::corrupt,
                "the keyword index is damaged; run 'carrel verify --repair' to rebuild it (" +
                    e.get_description() + ")");
  throw Error(ErrorCode::unavailable, "the keyword index cannot be used: " + e.get_description());
}

Xapian::docid docid_of(ChunkId chunk) { return static_cast<Xapian::docid>(chunk.value); }
ChunkId chunk_of(Xapian::docid id) { return ChunkId{static_cast<std::int64_t>(id)}; }

void add_field(Xapian::Document& document, const Analyzer& analyzer, std::string_view text,
               const Language* language, Xapian::termpos& position) {
  const Xapian::termpos start = position;
  for (const Word& word : analyzer.words(text)) {
    position = start + word.position + 1;
    if (word.is_stop_word) continue;
    document.add_posting(word.term, start + word.position);
    if (language != nullptr)
      document.add_term(
          stem_term(*language, stem_of(text.substr(word.span.begin, word.span.size()), *language)));
  }
  position += kFieldGap;
}

double idf_of(std::uint64_t frequency, std::uint64_t chunks) {
  const auto df = static_cast<double>(std::min(frequency, chunks));
  const auto n = static_cast<double>(chunks);
  return std::log(1.0 + (n - df + 0.5) / (df + 0.5));
}

// Admits what the asker may see, inside the match: the k best visible chunks are found.
class ScopeDecider final : public Xapian::MatchDecider {
 public:
  ScopeDecider(const Scope& scope, const ClassMap& classes, const CancelToken& cancel,
               std::chrono::milliseconds time_max)
      : scope_(scope), classes_(classes), cancel_(cancel), timed_(time_max) {}

  bool operator()(const Xapian::Document& document) const override {
    if ((++seen_ & 1023U) == 0) {
      cancel_.check();
      timed_.check();
    }
    const ChunkId chunk = chunk_of(document.get_docid());
    if (!scope_.visible.permits(classes_.class_of(chunk))) return false;
    return scope_.documents == nullptr || scope_.documents->contains(classes_.document_of(chunk));
  }

 private:
  const Scope& scope_;
  const ClassMap& classes_;
  const CancelToken& cancel_;
  const CancelToken timed_;
  mutable std::uint32_t seen_ = 0;
};

// How often a term occurs in each class, valid for one state of postings and classes.
struct TermCounts {
  std::uint64_t postings_revision = 0;
  std::uint64_t classes_version = 0;
  std::vector<std::pair<AclClassId, std::uint64_t>> by_class;
};

}  // namespace

struct KeywordIndex::State {
  std::filesystem::path directory;
  Analyzer analyzer;
  std::unique_ptr<Xapian::WritableDatabase> writer;  // null: closed, or reopen() has failed
  std::size_t uncommitted = 0;
  std::atomic<std::uint64_t> revision{1};  // raised by every commit
  std::atomic<std::int64_t> reached{0};

  struct Reading {
    Xapian::Database database;
    std::uint64_t revision = 0;
  };
  std::mutex readers_mutex;
  std::vector<std::unique_ptr<Reading>> idle_readers;

  std::mutex cache_mutex;
  std::unordered_map<std::string, TermCounts> cache;

  Xapian::WritableDatabase& open_writer() const {
    if (writer == nullptr)
      throw Error(ErrorCode::unavailable,
                  "the keyword index is closed after an error; look at the disk and try again");
    return *writer;
  }

  // Runs `work` on a database of its own at the newest commit; again when a commit overtook it.
  template <class Work>
  auto read(const Work& work) {
    std::unique_ptr<Reading> reading;
    {
      const std::lock_guard lock(readers_mutex);
      if (!idle_readers.empty()) {
        reading = std::move(idle_readers.back());
        idle_readers.pop_back();
      }
    }
    try {
      if (reading == nullptr) {
        reading = std::make_unique<Reading>();
        reading->revision = revision.load();
        reading->database = Xapian::Database(directory.string());
      }
      for (int attempt = 1;; ++attempt) {
        const std::uint64_t now = revision.load();
        if (reading->revision != now) {
          reading->database.reopen();
          reading->revision = now;
        }
        try {
          auto result = work(reading->database, reading->revision);
          const std::lock_guard lock(readers_mutex);
          idle_readers.push_back(std::move(reading));
          return result;
        } catch (const Xapian::DatabaseModifiedError&) {
          if (attempt == kReopenAttempts) throw;
          reading->revision = 0;  // reopened at the top
        }
      }
    } catch (const Xapian::Error& e) {
      rethrow(e);
    }
  }

  std::uint64_t frequency(Xapian::Database& database, std::uint64_t postings_revision,
                          const access::Visibility& visible, const ClassMap& classes,
                          const std::string& term) {
    const std::uint64_t classes_version = classes.version();
    {
      const std::lock_guard lock(cache_mutex);
      const auto it = cache.find(term);
      if (it != cache.end() && it->second.postings_revision == postings_revision &&
          it->second.classes_version == classes_version)
        return sum(it->second, visible);
    }
    TermCounts counts{postings_revision, classes_version, {}};
    std::vector<std::uint64_t> by_class;
    const auto end = database.postlist_end(term);
    for (auto it = database.postlist_begin(term); it != end; ++it) {
      const auto id = static_cast<std::size_t>(classes.class_of(chunk_of(*it)).value);
      if (id == 0) continue;
      if (by_class.size() <= id) by_class.resize(id + 1);
      ++by_class[id];
    }
    for (std::size_t id = 1; id < by_class.size(); ++id)
      if (by_class[id] > 0)
        counts.by_class.emplace_back(AclClassId{static_cast<std::int64_t>(id)}, by_class[id]);
    const std::uint64_t total = sum(counts, visible);
    const std::lock_guard lock(cache_mutex);
    if (cache.size() >= kCachedTermsMax) cache.clear();
    cache[term] = std::move(counts);
    return total;
  }

  static std::uint64_t sum(const TermCounts& counts, const access::Visibility& visible) {
    std::uint64_t total = 0;
    for (const auto& [acl_class, count] : counts.by_class)
      if (visible.permits(acl_class)) total += count;
    return total;
  }

  std::vector<VisibleTerm> visible_terms(Xapian::Database& database, std::uint64_t at_revision,
                                         const access::Visibility& visible, const ClassMap& classes,
                                         std::uint64_t chunks, std::span<const std::string> terms) {
    std::vector<VisibleTerm> out;
    out.reserve(terms.size());
    for (const std::string& term : terms) {
      VisibleTerm one{.term = term};
      one.document_frequency = frequency(database, at_revision, visible, classes, term);
      one.idf = idf_of(one.document_frequency, chunks);
      out.push_back(std::move(one));
    }
    return out;
  }
};

KeywordIndex::KeywordIndex(const std::filesystem::path& directory)
    : state_(std::make_unique<State>()) {
  state_->directory = directory;
  reopen();
}

void KeywordIndex::close() {
  {
    const std::lock_guard lock(state_->readers_mutex);
    state_->idle_readers.clear();
  }
  try {
    // Writes what is uncommitted under the number of the last commit, or fails to: either way the
    // change log from that number on says what is missing.
    if (state_->writer != nullptr) state_->writer->close();
  } catch (const Xapian::Error&) {
    // as said
  }
  state_->writer.reset();
  state_->uncommitted = 0;
}

void KeywordIndex::reopen() {
  close();
  make_private_directory(state_->directory);
  try {
    state_->writer = std::make_unique<Xapian::WritableDatabase>(
        state_->directory.string(), Xapian::DB_CREATE_OR_OPEN | Xapian::DB_BACKEND_GLASS);
    const std::string stored = state_->writer->get_metadata(std::string(kChangeKey));
    std::int64_t reached = 0;
    std::from_chars(stored.data(), stored.data() + stored.size(), reached);
    state_->reached = reached;
    state_->revision.fetch_add(1);
    if (stored.empty()) commit(ChangeId{0});
  } catch (const Xapian::Error& e) {
    rethrow(e);
  }
}

KeywordIndex::~KeywordIndex() = default;

void KeywordIndex::put(ChunkId chunk, std::string_view title, std::string_view section,
                       std::string_view text, const Language* language) {
  try {
    Xapian::Document document;
    Xapian::termpos position = 1;
    add_field(document, state_->analyzer, title, language, position);
    add_field(document, state_->analyzer, section, language, position);
    add_field(document, state_->analyzer, text, language, position);
    if (language != nullptr) document.add_boolean_term(language_marker(*language));
    state_->open_writer().replace_document(docid_of(chunk), document);
    ++state_->uncommitted;
  } catch (const Xapian::Error& e) {
    rethrow(e);
  }
}

void KeywordIndex::remove(ChunkId chunk) {
  try {
    state_->open_writer().delete_document(docid_of(chunk));
    ++state_->uncommitted;
  } catch (const Xapian::DocNotFoundError&) {
    // Applied before: replaying a change twice is no error.
  } catch (const Xapian::Error& e) {
    rethrow(e);
  }
}

void KeywordIndex::commit(ChangeId reached) {
  try {
    state_->open_writer().set_metadata(std::string(kChangeKey), std::to_string(reached.value));
    state_->open_writer().commit();
    state_->reached = reached.value;
    state_->uncommitted = 0;
    state_->revision.fetch_add(1);
  } catch (const Xapian::Error& e) {
    rethrow(e);
  }
}

ChangeId KeywordIndex::reached() const { return ChangeId{state_->reached.load()}; }
std::size_t KeywordIndex::uncommitted() const { return state_->uncommitted; }
std::string KeywordIndex::uuid() const { return state_->open_writer().get_uuid(); }

std::vector<VisibleTerm> KeywordIndex::statistics(const access::Visibility& visible,
                                                  const ClassMap& classes,
                                                  std::span<const std::string> terms) const {
  const std::uint64_t chunks = classes.visible_counts(visible).chunks;
  return state_->read([&](Xapian::Database& database, std::uint64_t revision) {
    return state_->visible_terms(database, revision, visible, classes, chunks, terms);
  });
}

namespace {

Xapian::Query any_of(const std::vector<VisibleTerm>& terms,
                     const std::map<std::string, double>& weights) {
  std::vector<Xapian::Query> parts;
  for (const VisibleTerm& term : terms) {
    if (term.document_frequency == 0) continue;
    parts.emplace_back(Xapian::Query::OP_SCALE_WEIGHT, Xapian::Query(term.term),
                       term.idf * weights.at(term.term));
  }
  return Xapian::Query(Xapian::Query::OP_OR, parts.begin(), parts.end());
}

// The same for expansions; a term of the question is not weighed twice.
std::vector<std::string> add_expansions(const KeywordQuery& query, std::size_t terms_max,
                                        std::map<std::string, double>& weights) {
  std::vector<std::string> names;
  for (const QueryTerm& one : query.expansions)
    if (!one.term.empty() && one.term.size() <= kTermBytesMax && names.size() < terms_max &&
        weights.try_emplace(one.term, one.weight).second)
      names.push_back(one.term);
  return names;
}

Xapian::Query build_query(const std::vector<VisibleTerm>& terms,
                          const std::map<std::string, double>& weights, const KeywordQuery& query) {
  Xapian::Query built = any_of(terms, weights);
  for (const auto& phrase : query.phrases) {
    const auto window = static_cast<Xapian::termcount>(phrase.size() + kPhraseSlack);
    const Xapian::Query wanted =
        phrase.size() == 1
            ? Xapian::Query(phrase.front())
            : Xapian::Query(Xapian::Query::OP_PHRASE, phrase.begin(), phrase.end(), window);
    built = Xapian::Query(Xapian::Query::OP_FILTER, built, wanted);
  }
  if (!query.excluded.empty())
    built = Xapian::Query(
        Xapian::Query::OP_AND_NOT, built,
        Xapian::Query(Xapian::Query::OP_OR, query.excluded.begin(), query.excluded.end()));
  return built;
}

// The weight of each distinct term, at most `terms_max` of them.
std::map<std::string, double> weights_of(const KeywordQuery& query) {
  std::map<std::string, double> weights;
  for (const QueryTerm& term : query.terms)
    if (!term.term.empty() && term.term.size() <= kTermBytesMax) weights[term.term] += term.weight;
  return weights;
}

void keep_rarest(std::vector<VisibleTerm>& terms, std::size_t terms_max) {
  if (terms.size() <= terms_max) return;
  std::stable_sort(terms.begin(), terms.end(), [](const VisibleTerm& a, const VisibleTerm& b) {
    const bool a_absent = a.document_frequency == 0;
    const bool b_absent = b.document_frequency == 0;
    if (a_absent != b_absent) return b_absent;
    return a.document_frequency < b.document_frequency;
  });
  terms.resize(terms_max);
}

}  // namespace

KeywordResult KeywordIndex::search(const Scope& scope, const ClassMap& classes,
                                   const KeywordQuery& query, const KeywordLimits& limits,
                                   const CancelToken& cancel) const {
  const std::size_t parts = query.phrases.size() + query.excluded.size();
  if (parts > limits.terms_max)
    throw Error(ErrorCode::invalid_argument, "too many phrases and exclusions in one question");
  const ClassCounts counts = classes.visible_counts(scope.visible);
  std::map<std::string, double> weights = weights_of(query);
  KeywordResult result;
  result.visible_chunks = counts.chunks;
  if (counts.chunks == 0 || weights.empty()) return result;
  result.average_length = static_cast<double>(counts.terms) / static_cast<double>(counts.chunks);
  std::vector<std::string> names;
  for (const auto& [term, weight] : weights) names.push_back(term);
  const std::vector<std::string> expansions = add_expansions(query, limits.terms_max, weights);

  return state_->read([&](Xapian::Database& database, std::uint64_t revision) {
    KeywordResult found = result;
    found.terms =
        state_->visible_terms(database, revision, scope.visible, classes, counts.chunks, names);
    keep_rarest(found.terms, limits.terms_max);
    std::vector<VisibleTerm> scoring = state_->visible_terms(database, revision, scope.visible,
                                                             classes, counts.chunks, expansions);
    scoring.insert(scoring.begin(), found.terms.begin(), found.terms.end());
    const Xapian::Query built = build_query(scoring, weights, query);
    if (built.empty()) return found;
    Xapian::Enquire enquire(database);
    enquire.set_query(built);
    enquire.set_weighting_scheme(VisibleBm25(found.average_length));
    enquire.set_docid_order(Xapian::Enquire::ASCENDING);
    const ScopeDecider decider(scope, classes, cancel, limits.time_max);
    const Xapian::MSet matches = enquire.get_mset(
        0, static_cast<Xapian::doccount>(limits.candidates_max), 0, nullptr, &decider);
    for (auto it = matches.begin(); it != matches.end(); ++it)
      if (it.get_weight() > 0) found.candidates.push_back({chunk_of(*it), it.get_weight()});
    return found;
  });
}

std::vector<VisibleTerm> KeywordIndex::similar(const access::Visibility& visible,
                                               const ClassMap& classes, std::string_view term,
                                               std::size_t edits) const {
  if (term.empty() || edits == 0) return {};
  const std::uint64_t chunks = classes.visible_counts(visible).chunks;
  return state_->read([&](Xapian::Database& database, std::uint64_t revision) {
    std::vector<std::string> near[kEditsMax + 1];
    const std::string first(term.substr(0, 1));
    const auto end = database.allterms_end(first);
    for (auto it = database.allterms_begin(first); it != end; ++it) {
      const std::string known = *it;
      const std::size_t distance = edit_distance(term, known, std::min(edits, kEditsMax));
      if (distance > 0 && distance <= std::min(edits, kEditsMax)) near[distance].push_back(known);
    }
    std::vector<VisibleTerm> out;
    for (const auto& at_distance : near) {
      auto terms = state_->visible_terms(database, revision, visible, classes, chunks, at_distance);
      std::erase_if(terms, [](const VisibleTerm& one) { return one.document_frequency == 0; });
      std::stable_sort(terms.begin(), terms.end(), [](const VisibleTerm& a, const VisibleTerm& b) {
        return a.document_frequency > b.document_frequency;
      });
      std::move(terms.begin(), terms.end(), std::back_inserter(out));
    }
    return out;
  });
}

bool KeywordIndex::has_term(std::string_view term) const {
  return state_->read([&](Xapian::Database& database, std::uint64_t) {
    return database.term_exists(std::string(term));
  });
}

void KeywordIndex::copy_compacted(const std::filesystem::path& to) const {
  try {
    Xapian::Database(state_->directory.string())
        .compact(to.string(), Xapian::DBCOMPACT_NO_RENUMBER);
  } catch (const Xapian::Error& e) {
    rethrow(e);
  }
}

std::vector<ChunkId> KeywordIndex::chunks() const {
  return state_->read([](Xapian::Database& database, std::uint64_t) {
    std::vector<ChunkId> out;
    out.reserve(database.get_doccount());
    const auto end = database.postlist_end("");
    for (auto it = database.postlist_begin(""); it != end; ++it) out.push_back(chunk_of(*it));
    return out;
  });
}

std::map<ChunkId, std::uint64_t> KeywordIndex::lengths() const {
  return state_->read([](Xapian::Database& database, std::uint64_t) {
    std::map<ChunkId, std::uint64_t> out;
    const auto end = database.postlist_end("");
    for (auto it = database.postlist_begin(""); it != end; ++it)
      out.emplace_hint(out.end(), chunk_of(*it), it.get_doclength());
    return out;
  });
}

std::vector<std::string> KeywordIndex::damage() const {
  std::vector<std::string> out;
  try {
    const std::size_t errors = Xapian::Database::check(state_->directory.string());
    if (errors > 0)
      out.push_back("its files are damaged in " + std::to_string(errors) +
                    " places; rebuild it with 'carrel verify --repair'");
  } catch (const Xapian::Error&) {
    out.emplace_back("its files are damaged; rebuild it with 'carrel verify --repair'");
  }
  return out;
}

std::uint32_t KeywordIndex::count_terms(const Analyzer& analyzer, std::string_view title,
                                        std::string_view section, std::string_view text,
                                        const Language* language) {
  std::uint32_t count = 0;
  for (const std::string_view field : {title, section, text})
    for (const Word& word : analyzer.words(field)) count += word.is_stop_word ? 0 : 1;
  return language == nullptr ? count : 2 * count;
}

}  // namespace carrel::index
