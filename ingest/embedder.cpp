#include "ingest/embedder.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>

#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "index/chunk_classes.h"
#include "index/erasure.h"

namespace carrel::ingest {
namespace {

constexpr std::string_view kKind = "lsa";
constexpr std::size_t kTrainingPage = 512;  // chunks read at a time

// How much of a text is unknown to a model, as a mean over chunks: 0.02 to 0.09 of those it was
// trained on (words that occur once), 0.06 of new pages of the same handbook, 0.18 to 0.41 of pages
// of another department or another organisation (measured on four public handbooks).
//
// So few new chunks say nothing about the library: strange words in one letter train no new model.
constexpr std::size_t kDriftChunksMin = 16;
constexpr double kDriftShareMin = 0.02;  // of the chunks at training

// Which texts a model may learn from. What it has learned shows, if faintly, in the order of
// everybody's results, and whoever may upload can ask it about words of others' texts by writing
// them themselves. So texts of the highest label teach it nothing, unless documents have that label
// by default: they are embedded by what other texts taught about their words, and words that only
// they hold are found as words.
class Teachers {
 public:
  explicit Teachers(const index::Library& library) : library_(library) {
    const access::AccessControl& access = library.access();
    const std::size_t below_highest = std::max<std::size_t>(access.labels().size(), 2) - 2;
    rank_max_ = std::max(rank_of(access.default_label()), below_highest);
  }

  // For each of the chunks, in their order.
  std::vector<bool> teach(const std::vector<index::ChunkText>& chunks) {
    std::vector<ChunkId> ids;
    for (const index::ChunkText& chunk : chunks) ids.push_back(chunk.id);
    std::vector<bool> out;
    for (const AclClassId one : index::classes_of(library_, ids)) out.push_back(teaches(one));
    return out;
  }

 private:
  bool teaches(AclClassId acl_class) {
    if (!acl_class) return false;  // deleted meanwhile
    const auto known = known_.find(acl_class);
    if (known != known_.end()) return known->second;
    const std::size_t rank = rank_of(library_.access().describe(acl_class).label);
    return known_.emplace(acl_class, rank <= rank_max_).first->second;
  }
  std::size_t rank_of(const std::string& label) const {
    const std::vector<std::string>& labels = library_.access().labels();
    return static_cast<std::size_t>(std::find(labels.begin(), labels.end(), label) -
                                    labels.begin());
  }

  const index::Library& library_;
  std::size_t rank_max_ = 0;
  std::unordered_map<AclClassId, bool> known_;
};

// The chunks that teach, page by page, as train_lsa reads them.
class ChunkStream {
 public:
  explicit ChunkStream(index::Library& library) : writer_(library.writer()), teachers_(library) {}

  const std::string* next() {
    do {
      if (at_ == page_.size()) {
        page_ = writer_.chunk_texts(after_, kTrainingPage);
        teach_ = teachers_.teach(page_);
        at_ = 0;
        if (page_.empty()) return nullptr;
        after_ = page_.back().id;
      }
    } while (!teach_[at_++]);
    return &page_[at_ - 1].text;
  }
  void restart() {
    page_.clear();
    at_ = 0;
    after_ = {};
  }

 private:
  const index::Writer& writer_;
  Teachers teachers_;
  std::vector<index::ChunkText> page_;
  std::vector<bool> teach_;  // of page_
  std::size_t at_ = 0;
  ChunkId after_;
};

}  // namespace

struct Embedder::InUse {
  index::ModelInfo info;
  std::unique_ptr<embed::LsaEncoder> encoder;
};

Embedder::Embedder(index::Library& library, const EmbedOptions& options)
    : library_(library), options_(options) {
  if (options.batch_chunks < 1 || options.batch_chunks > 4096 || !(options.retrain_growth > 0) ||
      !(options.retrain_unknown > 0))
    throw Error(ErrorCode::invalid_argument,
                "an option of embedding is out of range: batch_chunks is 1 to 4096, retrain_growth "
                "and retrain_unknown are above 0");
}

EmbedReport Embedder::run(ProgressSink& progress, const CancelToken& cancel) {
  const Stopwatch watch;
  EmbedReport report;
  const std::size_t chunks = library_.writer().chunk_count();
  std::optional<InUse> active = load_active();

  if (auto begun = resume_building(chunks)) {
    switch_to(*begun, report, progress, cancel);
    active = std::move(begun);
  }
  bool is_stale = !active || has_outgrown(active->info, chunks);
  // A library that has more than doubled is trained at once: folding it in first would cost as much
  // as the new model itself. Until then the new chunks are found by their words.
  const bool folds_first = active && (!is_stale || chunks < 2 * active->info.trained_on);
  if (folds_first) {
    const std::size_t before = report.embedded;
    const double unknown = fold_in(*active, report, progress, cancel);
    const auto fresh = static_cast<double>(report.embedded - before);
    const double enough = std::max(static_cast<double>(kDriftChunksMin),
                                   kDriftShareMin * static_cast<double>(active->info.trained_on));
    is_stale = is_stale || (fresh >= enough && unknown > options_.retrain_unknown);
  }
  if (is_stale && chunks > 0) {
    if (auto fresh = train_new(chunks, progress, cancel)) {
      switch_to(*fresh, report, progress, cancel);
      report.trained = true;
      active = std::move(fresh);
    } else if (active) {
      fold_in(*active, report, progress, cancel);
    }
  }
  if (report.embedded > 0) library_.writer().checkpoint_vectors();
  progress.finish();
  report.seconds = watch.seconds();
  log::info(
      "embed.finished",
      {{"embedded", report.embedded}, {"trained", report.trained}, {"seconds", report.seconds}});
  return report;
}

bool Embedder::has_outgrown(const index::ModelInfo& model, std::size_t chunks) const {
  const auto then = static_cast<double>(model.trained_on);
  return std::abs(static_cast<double>(chunks) - then) > options_.retrain_growth * then;
}

std::optional<Embedder::InUse> Embedder::load_active() {
  for (index::ModelInfo& model : library_.writer().models()) {
    if (model.state != index::ModelState::active) continue;
    if (model.kind != kKind)
      throw Error(ErrorCode::unavailable, "the embedding model in use is of the kind '" +
                                              model.kind + "', which is not trained here");
    try {
      auto encoder = embed::LsaEncoder::from_bytes(library_.reader().model_bytes(model.id));
      return InUse{std::move(model), std::move(encoder)};
    } catch (const Error& e) {
      if (e.code() != ErrorCode::corrupt) throw;
      log::error("embed.model_damaged", {{"model", model.id.value}, {"why", e.what()}});
      return std::nullopt;  // a new one is trained from the documents, which are the truth
    }
  }
  return std::nullopt;
}

// The newest unfinished model that still fits the library; others are dropped.
std::optional<Embedder::InUse> Embedder::resume_building(std::size_t chunks) {
  std::optional<InUse> found;
  std::vector<index::ModelInfo> models = library_.writer().models();
  for (auto model = models.rbegin(); model != models.rend(); ++model) {
    if (model->state != index::ModelState::building) continue;
    if (!found && model->kind == kKind && chunks > 0 && !has_outgrown(*model, chunks)) {
      try {
        auto encoder = embed::LsaEncoder::from_bytes(library_.reader().model_bytes(model->id));
        found = InUse{std::move(*model), std::move(encoder)};
        continue;
      } catch (const Error& e) {
        if (e.code() != ErrorCode::corrupt) throw;
      }
    }
    library_.writer().drop_model(model->id);
  }
  return found;
}

// None: too little text to learn from.
std::optional<Embedder::InUse> Embedder::train_new(std::size_t chunks, ProgressSink& progress,
                                                   const CancelToken& cancel) {
  index::Writer& writer = library_.writer();
  const index::Erasure erasure(library_);
  const std::int64_t purges = erasure.purges();
  ChunkStream stream(library_);
  const embed::TextSource source{
      .next = [&] { return stream.next(); }, .restart = [&] { stream.restart(); }, .count = chunks};
  progress.update({"training", 0, 0, "chunks", {}});
  auto encoder = embed::train_lsa(source, options_.lsa, progress, cancel);
  if (!encoder) return std::nullopt;
  // What counts for growth is the library's size at training, also where a sample was trained on.
  const ModelId id =
      writer.create_model(std::string(kKind), encoder->dim(), chunks, encoder->to_bytes());
  if (erasure.purges() != purges) {  // it may have learned words of what was purged meanwhile
    writer.drop_model(id);
    return train_new(writer.chunk_count(), progress, cancel);
  }
  index::ModelInfo info{.id = id,
                        .kind = std::string(kKind),
                        .dim = encoder->dim(),
                        .state = index::ModelState::building,
                        .trained_on = chunks};
  return InUse{std::move(info), std::move(encoder)};
}

// Searches go on with the model before until the last embedding of this one is written.
void Embedder::switch_to(const InUse& model, EmbedReport& report, ProgressSink& progress,
                         const CancelToken& cancel) {
  fold_in(model, report, progress, cancel);
  library_.writer().activate(model.info.id);
  log::info("embed.model_active", {{"model", model.info.id.value},
                                   {"dim", model.info.dim},
                                   {"trained_on", model.info.trained_on}});
  drop_retired();
}

// Gives every chunk that lacks one an embedding of `model`; returns the mean unknown share of the
// texts among them that teach, 0 if there were none.
double Embedder::fold_in(const InUse& model, EmbedReport& report, ProgressSink& progress,
                         const CancelToken& cancel) {
  index::Writer& writer = library_.writer();
  const std::size_t dim = model.encoder->dim();
  const std::size_t total = writer.chunk_count();
  Teachers teachers(library_);
  double unknown = 0;
  std::size_t fresh = 0;
  std::size_t teaching = 0;
  std::vector<std::string_view> texts;
  std::vector<ChunkId> ids;
  std::vector<float> embeddings;
  for (ChunkId after;;) {
    cancel.check();
    const auto page = writer.chunks_to_embed(model.info.id, after, options_.batch_chunks);
    if (page.empty()) break;
    after = page.back().id;
    texts.clear();
    ids.clear();
    const std::vector<bool> teach = teachers.teach(page);
    for (std::size_t i = 0; i < page.size(); ++i) {
      texts.push_back(page[i].text);
      ids.push_back(page[i].id);
      if (!teach[i]) continue;  // what the model does not know of it is not to be learned
      unknown += model.encoder->unknown_share(page[i].text);
      ++teaching;
    }
    embeddings.assign(page.size() * dim, 0.0F);
    model.encoder->encode(texts, embeddings);
    writer.put_embeddings(model.info.id, ids, embeddings);
    report.embedded += page.size();
    fresh += page.size();
    progress.update({"embedding", fresh, std::max(total, fresh), "chunks", {}});
  }
  return teaching == 0 ? 0 : unknown / static_cast<double>(teaching);
}

// The newest retired model stays: a question that is under way may still be using it.
void Embedder::drop_retired() {
  std::vector<ModelId> retired;
  for (const index::ModelInfo& model : library_.writer().models())
    if (model.state == index::ModelState::retired && model.kind == kKind)
      retired.push_back(model.id);
  for (std::size_t i = 0; i + 1 < retired.size(); ++i) library_.writer().drop_model(retired[i]);
}

}  // namespace carrel::ingest
