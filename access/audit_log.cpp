#include "access/audit_log.h"

#include <algorithm>

#include "access/detail/audit_state.h"
#include "core/error.h"
#include "core/file.h"
#include "core/utf8.h"

namespace carrel::access {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kListMax = 10'000;
constexpr std::size_t kErasedAtOnce = 500;  // records of one transaction
constexpr std::size_t kBatchLimit = 65'536;

void check_field(std::string_view what, std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max || !is_valid_utf8(text) || text.find('\0') != text.npos)
    throw Error(ErrorCode::invalid_argument, "an audit record's " + std::string(what) +
                                                 " must be UTF-8 without zero bytes, of at "
                                                 "most " +
                                                 std::to_string(bytes_max) + " bytes");
}

void check_record(const AuditRecord& record, std::string_view words) {
  using detail::kFieldBytesMax;
  check_field("actor", record.actor, kFieldBytesMax);
  check_field("os_user", record.os_user, kFieldBytesMax);
  check_field("via", record.via, kFieldBytesMax);
  check_field("action", record.action, kFieldBytesMax);
  check_field("phase", record.phase, kFieldBytesMax);
  check_field("details", record.details, detail::kDetailsBytesMax);
  check_field("words", words, detail::kWordsBytesMax);
  if (record.actor.empty() || record.action.empty())
    throw Error(ErrorCode::invalid_argument, "an audit record needs an actor and an action");
  if (!record.details.empty() && !detail::is_json_object(record.details))
    throw Error(ErrorCode::invalid_argument, "an audit record's details must be one JSON object");
}

std::filesystem::path key_file_of(const std::filesystem::path& directory,
                                  const AuditOptions& options) {
  if (options.key_file.empty()) return directory / "audit.key";
  const std::filesystem::path file = std::filesystem::absolute(options.key_file);
  make_private_directory(file.parent_path());
  return file;
}

Database open_writer(const std::filesystem::path& directory) {
  make_private_directory(directory);
  Database db(directory / "audit.db", {.synchronous_full = true});
  detail::prepare_audit_tables(db);
  return db;
}

}  // namespace

AuditLog::State::State(const std::filesystem::path& directory, const AuditOptions& the_options,
                       const Clock& the_clock, SecretSource& the_secrets)
    : clock(the_clock),
      options(the_options),
      writer(open_writer(directory)),
      key(detail::open_audit_key(key_file_of(directory, options),
                                 detail::newest_record(writer) == 0, the_secrets)),
      readers(directory / "audit.db", detail::kAuditReadersMax),
      secrets_(the_secrets) {
  if (options.batch_max == 0 || options.batch_max > kBatchLimit)
    throw Error(ErrorCode::invalid_argument, "audit.batch_max must lie between 1 and 65536");
  load();
  thread_ = std::thread([this] { run(); });
}

AuditLog::State::~State() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

// Signing on top of a log that somebody changed would make the change look ours, so such a log
// takes no more records. It can still be read and verified.
void AuditLog::State::load() {
  const std::lock_guard database_lock(database_mutex);
  const std::uint64_t size = detail::newest_record(writer);
  const auto stored = detail::newest_head(writer);
  bool is_ours = stored ? stored->size == size : size == 0;
  detail::Frontier frontier;
  try {
    frontier = detail::frontier_of(writer, size);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::corrupt) throw;
    is_ours = false;
  }
  if (stored)
    is_ours = is_ours && stored->public_key == key.signing.public_key &&
              detail::is_signature_valid(*stored) && stored->root == frontier.root();
  frontier_ = std::move(frontier);
  const std::lock_guard lock(mutex_);
  refusal_ = is_ours ? ""
                     : "the audit log was changed from outside and takes no more records; run "
                       "'carrel audit verify', keep the folder as evidence, and start a new log in "
                       "an empty one";
  if (!is_ours)
    head_ = {.size = size};  // never signed, never shown
  else
    head_ = stored ? *stored : detail::make_head(key, 0, detail::empty_root(), clock.now());
}

AuditHead AuditLog::State::head() const {
  const std::lock_guard lock(mutex_);
  if (!refusal_.empty()) throw Error(ErrorCode::corrupt, refusal_);
  return head_;
}

std::uint64_t AuditLog::State::size() const {
  const std::lock_guard lock(mutex_);
  return head_.size;
}

AuditId AuditLog::State::append(const AuditRecord& record, std::string_view words) {
  check_record(record, words);
  Waiting mine{.record = record, .words = words};
  std::unique_lock lock(mutex_);
  if (!refusal_.empty()) throw Error(ErrorCode::unavailable, refusal_);
  if (!words.empty()) {
    mine.salt.resize(kSaltBytes);
    secrets_.fill({reinterpret_cast<std::uint8_t*>(mine.salt.data()), mine.salt.size()});
  }
  queue_.push_back(&mine);
  arrived_.notify_one();
  done_.wait(lock, [&] { return mine.is_done; });
  if (!mine.error.empty())
    throw Error(ErrorCode::unavailable,
                "the audit log cannot be written, so nothing that it must "
                "record can be done: " +
                    mine.error);
  return mine.id;
}

void AuditLog::State::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    arrived_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const std::size_t count = std::min(queue_.size(), options.batch_max);
    const std::vector<Waiting*> batch(queue_.begin(),
                                      queue_.begin() + static_cast<std::ptrdiff_t>(count));
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
    lock.unlock();
    std::string error;
    AuditHead head;
    try {
      head = write_batch(batch);
    } catch (const std::exception& e) {
      error = e.what();
      must_load_ = true;
    }
    lock.lock();
    if (error.empty()) head_ = head;
    for (Waiting* one : batch) {
      one->error = error;
      one->is_done = true;
    }
    done_.notify_all();
  }
}

AuditHead AuditLog::State::write_batch(const std::vector<Waiting*>& batch) {
  if (must_load_) {
    load();
    must_load_ = false;
    const std::lock_guard lock(mutex_);
    if (!refusal_.empty()) throw Error(ErrorCode::unavailable, refusal_);
  }
  const std::lock_guard lock(database_mutex);
  Transaction transaction(writer);
  detail::Frontier next = frontier_;
  const auto store_tile = [this](int height, std::uint64_t place, const Digest& root) {
    if (height % detail::kTileHeight != 0) return;
    writer.statement("INSERT INTO audit_tile(height, place, root) VALUES(?, ?, ?)")
        .bind(1, std::int64_t{height})
        .bind(2, static_cast<std::int64_t>(place))
        .bind_blob(3, root)
        .run();
  };
  const UnixMillis now = clock.now();
  for (Waiting* one : batch) {
    detail::AuditRow row{.id = next.size() + 1, .time = now, .record = one->record};
    if (row.record.details.empty()) row.record.details = "{}";
    if (!one->words.empty()) {
      row.salt = one->salt;
      row.words = std::string(one->words);
      row.commitment = text_of(detail::commitment_of(key, one->salt, one->words));
    }
    const Digest leaf = detail::leaf_of(row, row.id);
    row.seal = text_of(detail::seal_of(key, leaf));
    insert(row);
    next.append(leaf, store_tile);
    one->id = {static_cast<std::int64_t>(row.id)};
  }
  const AuditHead head = detail::make_head(key, next.size(), next.root(), now);
  replace_head(head);
  transaction.commit();
  frontier_ = std::move(next);
  return head;
}

void AuditLog::State::insert(const detail::AuditRow& row) {
  writer
      .statement(
          "INSERT INTO audit_record(id, time, actor, os_user, via, action, phase, intent, details, "
          "commitment, seal) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(1, static_cast<std::int64_t>(row.id))
      .bind(2, row.time.value)
      .bind(3, row.record.actor)
      .bind(4, row.record.os_user)
      .bind(5, row.record.via)
      .bind(6, row.record.action)
      .bind(7, row.record.phase)
      .bind(8, row.record.intent.value)
      .bind(9, row.record.details)
      .bind_blob(10, row.commitment)
      .bind_blob(11, row.seal)
      .run();
  if (!row.words) return;
  writer.statement("INSERT INTO audit_words(record, salt, words) VALUES(?, ?, ?)")
      .bind(1, static_cast<std::int64_t>(row.id))
      .bind_blob(2, *row.salt)
      .bind(3, *row.words)
      .run();
}

// The newest head covers all that older ones do; of those, one in kHeadEvery records is kept, so
// that a root that does not fit can be traced to a part of the log.
void AuditLog::State::replace_head(const AuditHead& head) {
  const std::uint64_t earlier = frontier_.size();
  if (earlier / detail::kHeadEvery == head.size / detail::kHeadEvery)
    writer.statement("DELETE FROM audit_head WHERE size = ?")
        .bind(1, static_cast<std::int64_t>(earlier))
        .run();
  writer
      .statement(
          "INSERT INTO audit_head(size, root, time, public_key, signature) VALUES(?, ?, ?, ?, ?)")
      .bind(1, static_cast<std::int64_t>(head.size))
      .bind_blob(2, head.root)
      .bind(3, head.time.value)
      .bind_blob(4, head.public_key)
      .bind_blob(5, head.signature)
      .run();
}

void AuditLog::State::check_writable() {
  using std::chrono::steady_clock;
  constexpr std::chrono::seconds good_for{1};
  {
    const std::lock_guard lock(mutex_);
    if (!refusal_.empty()) throw Error(ErrorCode::unavailable, refusal_);
    if (steady_clock::now() < writable_until_) return;
  }
  {
    const std::lock_guard lock(database_mutex);
    Transaction transaction(writer);
    writer.statement("INSERT INTO audit_tile(height, place, root) VALUES(-1, -1, x'')").run();
    writer.statement("DELETE FROM audit_tile WHERE height = -1").run();
    transaction.commit();
  }
  const std::lock_guard lock(mutex_);
  writable_until_ = steady_clock::now() + good_for;
}

AuditLog::AuditLog(const std::filesystem::path& directory, const AuditOptions& options,
                   const Clock& clock, SecretSource& secrets)
    : state_(std::make_unique<State>(directory, options, clock, secrets)) {}
AuditLog::~AuditLog() = default;

AuditId AuditLog::append(const AuditRecord& record, std::string_view erasable_words) {
  return state_->append(record, erasable_words);
}

void AuditLog::check_writable() { state_->check_writable(); }

AuditHead AuditLog::head() const { return state_->head(); }
std::uint64_t AuditLog::size() const { return state_->size(); }

std::vector<StoredAuditRecord> AuditLog::list(const Query& query) const {
  const auto reader = state_->readers.acquire();
  const std::string sql = std::string(detail::kRowColumns) +
                          "WHERE r.id > ?1 AND (?2 = '' OR r.actor = ?2) AND (?3 = '' OR r.action "
                          "= ?3) AND (?5 = 0 OR r.id < ?5) ORDER BY r.id " +
                          (query.newest_first ? "DESC" : "ASC") + " LIMIT ?4";
  Statement rows(*reader, sql);
  rows.bind(1, query.after.value).bind(2, query.actor).bind(3, query.action);
  rows.bind(4, static_cast<std::int64_t>(std::min(query.limit, kListMax)));
  rows.bind(5, query.before.value);
  std::vector<StoredAuditRecord> out;
  while (rows.step()) out.push_back(detail::to_stored(detail::row_at(rows)));
  return out;
}

std::size_t AuditLog::erase_words(const std::function<bool(const StoredAuditRecord&)>& choose) {
  std::vector<std::int64_t> chosen;
  {
    const auto reader = state_->readers.acquire();
    Statement rows(*reader,
                   std::string(detail::kRowColumns) + "WHERE w.words IS NOT NULL ORDER BY r.id");
    while (rows.step()) {
      const StoredAuditRecord one = detail::to_stored(detail::row_at(rows));
      if (choose(one)) chosen.push_back(one.id.value);
    }
  }
  const std::int64_t now = state_->clock.now().value;
  for (std::size_t from = 0; from < chosen.size(); from += kErasedAtOnce) {
    const std::lock_guard lock(state_->database_mutex);
    Transaction transaction(state_->writer);
    for (std::size_t i = from; i < std::min(from + kErasedAtOnce, chosen.size()); ++i)
      state_->writer
          .statement(
              "UPDATE audit_words SET salt = NULL, words = NULL, erased_at = ?, erasure = ? "
              "WHERE record = ?")
          .bind(1, now)
          .bind_blob(2, detail::erasure_of(state_->key, static_cast<std::uint64_t>(chosen[i]), now))
          .bind(3, chosen[i])
          .run();
    transaction.commit();
  }
  // Copies stay behind in pages whose rows moved, and in the write-ahead log until it is cut.
  const std::lock_guard lock(state_->database_mutex);
  if (!chosen.empty()) {
    state_->writer.reset_statements();
    state_->writer.execute("VACUUM");
  }
  Statement checkpoint(state_->writer, "PRAGMA wal_checkpoint(TRUNCATE)");
  if (checkpoint.step() && checkpoint.integer(0) != 0)
    throw Error(ErrorCode::unavailable,
                "the words are erased, but somebody reads the audit log and keeps its old pages on "
                "disk; run the erasing again");
  return chosen.size();
}

std::vector<Digest> AuditLog::inclusion_proof(std::uint64_t index, std::uint64_t size) const {
  if (index >= size || size > this->size())
    throw Error(ErrorCode::invalid_argument, "there is no record " + std::to_string(index + 1) +
                                                 " among the first " + std::to_string(size));
  const auto reader = state_->readers.acquire();
  Transaction snapshot(*reader, Transaction::Kind::read);
  return detail::make_inclusion_proof(index, size, [&](std::uint64_t begin, std::uint64_t end) {
    return detail::root_of_range(*reader, begin, end);
  });
}

std::vector<Digest> AuditLog::consistency_proof(std::uint64_t old_size, std::uint64_t size) const {
  if (old_size > size || size > this->size())
    throw Error(ErrorCode::invalid_argument,
                "a consistency proof leads from a smaller to a larger size of the log, which has " +
                    std::to_string(this->size()) + " records");
  const auto reader = state_->readers.acquire();
  Transaction snapshot(*reader, Transaction::Kind::read);
  return detail::make_consistency_proof(old_size, size,
                                        [&](std::uint64_t begin, std::uint64_t end) {
                                          return detail::root_of_range(*reader, begin, end);
                                        });
}

}  // namespace carrel::access
