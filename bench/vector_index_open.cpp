// Opening: a library with that many embeddings, as SQLite keeps it, after a clean stop and after a
// crash that left the newest half of a checkpoint's worth to the change log.
//
// The library lies below --cache, where the next run finds it again, or below the system's folder
// for temporary files. What is timed is the vector index; the catalogue opens before it.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bench/vector_index_bench.h"
#include "core/clock.h"
#include "index/library_state.h"

namespace carrel::bench {
namespace {

constexpr std::size_t kStep = 10'000;
constexpr std::size_t kReplayed = 5'000;
constexpr std::size_t kGoodGraphMax = 200'000;
constexpr std::size_t kHastyBeam = 24;
constexpr std::size_t kCheckpointShare = 32;  // as the library does
constexpr std::size_t kNever = std::size_t{1} << 40;

struct Opened {
  Opened(const std::filesystem::path& folder, std::size_t ef_construction)
      : store(folder / "carrel.db"),
        access(store, clock, access::AccessOptions{}),
        library(folder, store, access, clock,
                {.vectors = {.m = kM, .ef_construction = ef_construction},
                 .checkpoint_changes_max = kNever}) {}
  SystemClock clock;
  Store store;
  access::AccessControl access;
  index::Library library;
};

// The embeddings' chunks: rows without text, which nobody reads here.
void add_chunks(Store& store, std::size_t count) {
  const auto db = store.write();
  db->execute("PRAGMA foreign_keys = OFF");
  Transaction transaction(*db);
  for (std::size_t i = 0; i < count; ++i) {
    db->statement(
          "INSERT INTO chunk(document_id, ordinal, page, section, span_begin, span_end, tokens, "
          "terms, text, lines) VALUES(1, ?1, 0, '', 0, 0, 1, 1, x'', x'')")
        .bind(1, static_cast<std::int64_t>(i))
        .run();
  }
  transaction.commit();
}

void make_library(const Setting& setting, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  // A hasty graph opens as slowly as a good one.
  const std::size_t beam = setting.vectors > kGoodGraphMax ? kHastyBeam : kEfConstruction;
  Opened opened(folder, beam);
  add_chunks(opened.store, setting.vectors + kReplayed);
  index::vector_data::Clusters clusters(kSeed, setting.dim, setting.vectors / 50);
  index::Writer& writer = opened.library.writer();
  const ModelId model = writer.create_model("bench", setting.dim, 1, "");
  std::size_t unsaved = 0;
  double putting = 0;
  double saving = 0;
  for (std::size_t from = 0; from < setting.vectors; from += kStep) {
    const Rows rows = clusters.draw(std::min(kStep, setting.vectors - from));
    std::vector<ChunkId> chunks;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      chunks.push_back(ChunkId{static_cast<std::int64_t>(from + i) + 1});
    }
    const double start = now();
    writer.put_embeddings(model, chunks, rows.values);
    const double put = now();
    unsaved += rows.size();
    if (unsaved >= (from + rows.size()) / kCheckpointShare || from + kStep >= setting.vectors) {
      writer.checkpoint_vectors();
      unsaved = 0;
    }
    putting += put - start;
    saving += now() - put;
  }
  writer.activate(model);
  print(setting, "open",
        {{"put_seconds", number(putting)},
         {"checkpoint_seconds", number(saving)},
         {"share", number(saving / putting)}});
}

std::string kib_of(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(name)) continue;
    std::istringstream words(line.substr(name.size()));
    double kib = 0;
    words >> kib;
    return number(kib / 1024);
  }
  return "0";
}

// The catalogue's part of opening is repeated by nobody: State::load_spaces() is what is timed.
void open_again(const Setting& setting, const std::filesystem::path& folder, const char* what) {
  const double start = now();
  Opened opened(folder, kEfConstruction);
  const double whole = now() - start;
  const std::string resident = kib_of("RssAnon:");
  std::vector<double> seconds;
  for (int i = 0; i < 3; ++i) {
    {
      const std::unique_lock lock(opened.library.state().spaces_mutex);
      opened.library.state().spaces.clear();
    }
    const double from = now();
    opened.library.state().load_spaces();
    seconds.push_back(now() - from);
  }
  const auto& space = opened.library.state().spaces.begin()->second;
  print(setting, "open",
        {{"after", text(what)},
         {"seconds", number(median(seconds))},
         {"library_seconds", number(whole)},
         {"resident_mb", resident},
         {"mapped_mb", kib_of("RssFile:")},
         {"replayed", std::to_string(space->changes_since_checkpoint)},
         {"found", std::to_string(space->index.size())}});
}

}  // namespace

void run_open(Setting& setting) {
  const std::filesystem::path folder =
      (setting.cache.empty() ? std::filesystem::temp_directory_path()
                             : std::filesystem::path(setting.cache)) /
      ("library-" + std::to_string(setting.dim) + "-" + std::to_string(setting.vectors));
  if (!std::filesystem::exists(folder / "carrel.db")) make_library(setting, folder);
  open_again(setting, folder, "a clean stop");
  std::filesystem::path crashed = folder;
  crashed += "-crashed";
  std::filesystem::remove_all(crashed);
  std::filesystem::copy(folder, crashed, std::filesystem::copy_options::recursive);
  {
    Opened opened(crashed, kEfConstruction);
    index::vector_data::Clusters clusters(kSeed + 1, setting.dim, setting.vectors / 50);
    const Rows rows = clusters.draw(kReplayed);
    std::vector<ChunkId> chunks;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      chunks.push_back(ChunkId{static_cast<std::int64_t>(setting.vectors + i) + 1});
    }
    opened.library.writer().put_embeddings(opened.library.state().active, chunks, rows.values);
  }
  open_again(setting, crashed, "a crash");
  std::filesystem::remove_all(crashed);
  if (setting.cache.empty()) std::filesystem::remove_all(folder);
}

}  // namespace carrel::bench
