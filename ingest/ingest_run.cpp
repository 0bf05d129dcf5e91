#include "ingest/ingest_run.h"

#include <algorithm>

#include "core/error.h"
#include "core/log.h"

namespace carrel::ingest {
namespace {

using namespace std::chrono_literals;

constexpr auto kBatchAgeMax = 250ms;  // a document is not kept from its readers for longer
constexpr auto kProgressInterval = 50ms;
constexpr auto kWaitForResult = 100ms;  // between two looks at the cancel token
constexpr std::size_t kSingleLookups = 64;

// Room for what a parser makes of a file, whose size is not known yet.
constexpr std::uint64_t kParsedBytesMax = 16ULL << 20;
constexpr std::uint64_t kFileOverhead = 16ULL << 10;

std::size_t cost_of(const FileOutcome& outcome) {
  const index::NewDocument& document = outcome.document;
  std::size_t bytes = document.original.size() + document.text.size() + kFileOverhead;
  for (const index::NewChunk& chunk : document.chunks)
    bytes +=
        chunk.text.size() + chunk.section.size() + chunk.lines.size() * sizeof(index::TextLine);
  return bytes;
}

void check(const IngestOptions& options) {
  const bool in_range = options.batch_chunks_max >= 1 && options.commit_chunks_max >= 1 &&
                        options.files_max >= 1 && options.read_threads >= 1 &&
                        options.read_threads <= 64;
  if (!in_range)
    throw Error(
        ErrorCode::invalid_argument,
        "an option of ingest is out of range: read_threads is 1 to 64, the others at least 1");
}

// Rules above the folder that was given do not count. Whoever forgot that learns it here.
void warn_of_rules_above(const std::filesystem::path& root) {
  std::error_code ec;
  for (std::filesystem::path folder = root; folder != folder.root_path();) {
    folder = folder.parent_path();
    if (std::filesystem::exists(folder / kRuleFileName, ec))
      log::warning("ingest.rules_above_not_used",
                   {{"file", readable_path((folder / kRuleFileName).native())},
                    {"ingested", readable_path(root.native())}});
  }
}

bool lies_below(const std::string& uri, const std::string& folder) {
  return folder == "/" || uri == folder ||
         (uri.size() > folder.size() && uri.starts_with(folder) && uri[folder.size()] == '/');
}

}  // namespace

IngestRun::IngestRun(index::Library& library, ParserPool& parsers, const IngestOptions& options,
                     const IngestRequest& request, ProgressSink& progress,
                     const CancelToken& cancel)
    : library_(library),
      options_(options),
      request_(request),
      progress_(progress),
      cancel_(cancel),
      placement_(library, request),
      reader_(library, parsers, options, request.recompute),
      batch_(library, options, report_) {
  check(options);
}

IngestReport IngestRun::run() {
  plan();
  load_known();
  take_all();
  if (request_.prune) prune();
  return finish();
}

// Everything that can be wrong with the request or its rules comes out here, before a byte is
// written.
void IngestRun::plan() {
  progress_.update({"counting", 0, 0, "files", {}});
  walk_ = walk(request_.paths, {options_.files_max, is_readable_name}, cancel_);
  for (const WalkRoot& root : walk_.roots) {
    warn_of_rules_above(root.folder);
    FolderRules& rules = rules_.emplace_back(root.folder, placement_.names());
    for (const std::string& folder : root.rule_folders) rules.load(folder);
  }
  for (const WalkFailure& failure : walk_.failures) {
    report_.failures.push_back({failure.path, failure.reason});
    ++report_.failed;
  }
  for (const auto& [kind, count] : walk_.skipped) report_.skipped += count;
}

void IngestRun::load_known() {
  const index::Writer& writer = library_.writer();
  std::vector<index::KnownDocument> documents;
  const auto add = [&](const std::string& prefix) {
    auto some = writer.known_files(prefix);
    std::move(some.begin(), some.end(), std::back_inserter(documents));
  };
  std::vector<std::size_t> singles;
  for (std::size_t i = 0; i < walk_.files.size(); ++i)
    if (!walk_.roots[walk_.files[i].root].is_whole) singles.push_back(i);
  const bool asks_one_by_one = singles.size() <= kSingleLookups;
  for (const WalkRoot& root : walk_.roots)
    if (root.is_whole || !asks_one_by_one) {
      const std::string uri = walk_.uri_of_root(root);
      add(uri == "/" ? uri : uri + "/");
    }
  if (asks_one_by_one)
    for (const std::size_t i : singles) add(walk_.uri_of(walk_.files[i]));
  known_ = KnownDocuments(std::move(documents));
}

FileOutcome IngestRun::read(std::size_t number) const {
  const FoundFile& file = walk_.files[number];
  const FileReader::Source source{.name = file.path.substr(file.path.rfind('/') + 1),
                                  .uri = walk_.uri_of(file),
                                  .external_id = readable_path(file.path),
                                  .modified = to_rfc3339(UnixMillis{file.modified_ms})};
  const Place place = placement_.decide(rules_[file.root].rule_for(file.path));
  return reader_.read(source, place, known_.of(source.uri),
                      [&] { return read_found(walk_, file, options_.file_bytes_max); });
}

void IngestRun::take_all() {
  ReadAhead<FileOutcome> ahead(walk_.files.size(),
                               {.threads = std::min(options_.read_threads, walk_.files.size()),
                                .bytes_max = options_.bytes_in_flight_max},
                               {.cost_before =
                                    [this](std::size_t number) {
                                      const std::uint64_t size = walk_.files[number].bytes;
                                      return size + std::min(size, kParsedBytesMax) + kFileOverhead;
                                    },
                                .work = [this](std::size_t number) { return read(number); },
                                .cost_after = cost_of});
  tell(/*is_last=*/false);
  while (!ahead.is_finished()) {
    if (cancel_.is_cancelled() || cancel_.is_late()) {
      settle(ahead);
      batch_.commit();
      cancel_.check();
    }
    const std::size_t number = ahead.next_number();
    auto item = ahead.next(kWaitForResult, /*holds_items=*/!batch_.is_empty());
    if (item) {
      current_ = item->result.document.uri;
      if (batch_.take(std::move(item->result), current_)) {
        ++done_;
        ahead.release(item->charge);
      } else {
        charges_.push_back(item->charge);
      }
    } else {
      current_ = walk_.uri_of(walk_.files[number]);
    }
    const bool is_old = std::chrono::steady_clock::now() - batch_.since() > kBatchAgeMax;
    if (!batch_.is_empty() && (!item || is_old || batch_.is_full())) settle(ahead);
    tell(/*is_last=*/false);
  }
  settle(ahead);
}

void IngestRun::settle(ReadAhead<FileOutcome>& ahead) {
  done_ += batch_.size();
  batch_.flush();
  for (const std::size_t charge : charges_) ahead.release(charge);
  charges_.clear();
}

// A document is gone when a folder that was given, and could be listed, no longer has its file.
void IngestRun::prune() {
  std::vector<std::string> here;
  for (const FoundFile& file : walk_.files) here.push_back(walk_.uri_of(file));
  std::vector<std::string> folders;
  for (const WalkRoot& root : walk_.roots)
    if (root.is_whole) folders.push_back(walk_.uri_of_root(root));
  const auto lies_in = [](const std::string& uri, const std::vector<std::string>& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& folder) { return lies_below(uri, folder); });
  };
  for (const index::KnownDocument& known : known_.all()) {
    if (!lies_in(known.uri, folders) || lies_in(known.uri, walk_.unread) ||
        std::binary_search(here.begin(), here.end(), known.uri))
      continue;
    cancel_.check();
    try {
      library_.writer().remove(known.document);
      ++report_.deleted;
    } catch (const Error& e) {
      if (e.code() != ErrorCode::conflict) throw;
      report_.failures.push_back({known.uri, e.what()});  // held: it stays, and the run goes on
      ++report_.failed;
    }
  }
}

void IngestRun::tell(bool is_last) {
  const auto now = std::chrono::steady_clock::now();
  if (!is_last && now - told_ < kProgressInterval) return;
  told_ = now;
  progress_.update({"reading", done_, walk_.files.size(), "files", is_last ? "" : current_});
}

IngestReport IngestRun::finish() {
  batch_.commit();
  tell(/*is_last=*/true);
  progress_.finish();
  std::vector<std::pair<std::string, std::size_t>> kinds(walk_.skipped.begin(),
                                                         walk_.skipped.end());
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [kind, count] : kinds)
    report_.skipped_kinds.push_back(kind + ": " + std::to_string(count) +
                                    (count == 1 ? " file" : " files"));
  report_.seconds = watch_.seconds();
  log::info("ingest.finished", {{"added", report_.added},
                                {"updated", report_.updated},
                                {"unchanged", report_.unchanged},
                                {"deleted", report_.deleted},
                                {"failed", report_.failed},
                                {"skipped", report_.skipped},
                                {"chunks", report_.chunks},
                                {"seconds", report_.seconds}});
  return std::move(report_);
}

}  // namespace carrel::ingest
