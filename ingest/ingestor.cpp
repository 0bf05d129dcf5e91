#include "ingest/ingestor.h"

#include "core/error.h"
#include "core/utf8.h"
#include "ingest/ingest_run.h"

namespace carrel::ingest {
namespace {

constexpr std::size_t kUploadNameBytesMax = 255;

// A browser may send a whole path, of either kind of system; only the last name counts.
std::string upload_name(const std::string& name) {
  const std::string last = readable_path(name.substr(name.find_last_of("/\\") + 1));
  const std::string_view short_name = trim(truncate_utf8(last, kUploadNameBytesMax));
  return short_name.empty() || short_name == "." || short_name == ".." ? "document"
                                                                       : std::string(short_name);
}

}  // namespace

Ingestor::Ingestor(index::Library& library, ParserPool& parsers, const Clock& clock,
                   const IngestOptions& options)
    : library_(library), parsers_(parsers), clock_(clock), options_(options) {}

IngestReport Ingestor::run(const IngestRequest& request, ProgressSink& progress,
                           const CancelToken& cancel) {
  return IngestRun(library_, parsers_, options_, request, progress, cancel).run();
}

IngestReport Ingestor::run_bytes(const std::string& name, std::string bytes,
                                 const IngestRequest& request, ProgressSink& progress,
                                 const CancelToken& cancel) {
  const Stopwatch watch;
  cancel.check();
  const Placement placement(library_, request);
  Place place = placement.decide({});
  FileReader::Source source{.name = upload_name(name), .modified = to_rfc3339(clock_.now())};
  source.uri = "upload:" + place.owner + "/" + source.name;
  source.external_id = source.name;
  progress.update({"reading", 0, 1, "files", source.name});

  // The same name in another collection is another document: here nobody's folder says otherwise.
  std::vector<index::KnownDocument> known = library_.writer().known_files(source.uri);
  std::erase_if(known, [&](const index::KnownDocument& one) {
    return one.uri != source.uri || one.collection != place.collection;
  });
  // A new version keeps the rights that the document has by now: somebody may have narrowed them.
  if (!known.empty()) {
    place.acl = library_.access().describe(known.front().acl_class);
    place.owner = known.front().owner;
  }
  IngestReport report;
  BatchWriter batch(library_, options_, report);
  const FileReader reader(library_, parsers_, options_, request.recompute);
  FileOutcome outcome = reader.read(source, place, known, [&] { return std::move(bytes); });
  cancel.check();
  progress.update({"storing", 0, 1, "files", source.name});
  batch.take(std::move(outcome), source.name);
  batch.commit();
  progress.update({"storing", 1, 1, "files", {}});
  progress.finish();
  report.seconds = watch.seconds();
  return report;
}

}  // namespace carrel::ingest
