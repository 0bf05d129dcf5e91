// BatchWriter: outcomes become rows.
#include "core/error.h"
#include "core/log.h"
#include "ingest/ingest_run.h"

namespace carrel::ingest {

bool BatchWriter::take(FileOutcome&& outcome, const std::string& path) {
  using Kind = FileOutcome::Kind;
  if (outcome.kind == Kind::read) {
    if (batch_.empty()) since_ = std::chrono::steady_clock::now();
    chunks_ += outcome.document.chunks.size();
    bytes_ += outcome.document.original.size();
    batch_.push_back(std::move(outcome.document));
    outcomes_.push_back(std::move(outcome));
    return false;
  }
  set_access(outcome);
  remove_moved(outcome);
  if (outcome.kind == Kind::unchanged) {
    ++report_.unchanged;
  } else if (outcome.kind == Kind::rules_changed) {
    ++report_.updated;
    report_.unreadable_by_anyone += is_for_nobody(outcome.document.acl) ? 1 : 0;
  } else {
    ++report_.failed;
    report_.failures.push_back({path, std::move(outcome.reason)});
  }
  return true;
}

bool BatchWriter::is_full() const {
  return chunks_ >= options_.batch_chunks_max || bytes_ >= options_.batch_bytes_max;
}

void BatchWriter::flush() {
  if (batch_.empty()) return;
  const std::vector<index::PutResult> results = writer_.put(batch_);
  for (std::size_t i = 0; i < results.size(); ++i) {
    remove_moved(outcomes_[i]);
    ++(outcomes_[i].was_known ? report_.updated : report_.added);
    report_.chunks += results[i].chunks;
    report_.pages += static_cast<std::size_t>(batch_[i].pages);
    report_.unreadable_by_anyone += is_for_nobody(batch_[i].acl) ? 1 : 0;
    log::debug("ingest.document_stored", {{"document", results[i].document.value},
                                          {"version", std::int64_t{results[i].version}},
                                          {"chunks", results[i].chunks}});
  }
  batch_.clear();
  outcomes_.clear();
  chunks_ = 0;
  bytes_ = 0;
  if (writer_.uncommitted_chunks() >= options_.commit_chunks_max) writer_.commit_keywords();
}

void BatchWriter::commit() {
  flush();
  if (writer_.uncommitted_chunks() > 0) writer_.commit_keywords();
}

void BatchWriter::set_access(const FileOutcome& outcome) {
  for (const DocumentId document : outcome.set_access_on)
    writer_.set_access(document, outcome.document.acl, outcome.document.owner);
}

void BatchWriter::remove_moved(const FileOutcome& outcome) {
  for (const DocumentId document : outcome.moved_from) {
    try {
      writer_.remove(document);
    } catch (const Error& e) {
      if (e.code() != ErrorCode::not_found) throw;  // somebody removed it meanwhile: as wanted
    }
  }
}

}  // namespace carrel::ingest
