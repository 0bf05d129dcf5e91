#include "core/sqlite.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "core/checked_pages.h"
#include "core/error.h"

namespace carrel {
namespace {

ErrorCode code_of(int rc) {
  if (rc == SQLITE_IOERR_DATA) return ErrorCode::corrupt;  // a page fails its checksum
  switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::conflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::corrupt;
    case SQLITE_TOOBIG:
      return ErrorCode::too_large;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_ERROR:
      return ErrorCode::invalid_argument;
    case SQLITE_INTERRUPT:
      return ErrorCode::cancelled;
    default:
      return ErrorCode::unavailable;
  }
}

// SQLite's message can quote our SQL but never a bound value, so it is safe to show.
[[noreturn]] void fail(sqlite3* db, int rc, std::string_view doing) {
  std::string what = "database: " + std::string(doing) + ": ";
  what += db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
  const bool is_damaged = rc == SQLITE_IOERR_DATA;  // found by us: the system has no reason to tell
  if (is_damaged) what += "; a page was damaged on disk; restore a backup";
  const bool asks_why = db != nullptr && !is_damaged && (rc & 0xff) == SQLITE_IOERR;
  const int reason = asks_why ? sqlite3_system_errno(db) : 0;
  if (reason != 0) what += std::string(" (") + std::strerror(reason) + ")";
  if (reason == ENOSPC) what += "; free some disk space and try again";
  switch (rc & 0xff) {
    case SQLITE_FULL:
      what += "; free some disk space and try again";
      break;
    case SQLITE_CANTOPEN:
      what += "; see that its folder is there, may be written and has free space";
      break;
    case SQLITE_READONLY:
      what += "; the data folder is not writable";
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      what += "; run 'carrel verify', or restore a backup";
      break;
    default:
      break;
  }
  throw Error(code_of(rc), what);
}

void check(sqlite3* db, int rc, std::string_view doing) {
  if (rc != SQLITE_OK) fail(db, rc, doing);
}

// SQLite would create the file with the umask's mode; this library holds other people's secrets.
void create_private(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) throw Error(ErrorCode::unavailable, "cannot open " + file.string() + " for writing");
  ::close(fd);
}

}  // namespace

Statement::Statement(Database& db, std::string_view sql) : db_(db.handle()) {
  const char* tail = nullptr;
  const int rc = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT, &handle_, &tail);
  check(db_, rc, "prepare");
  CARREL_ASSERT(handle_ != nullptr);
  CARREL_ASSERT(tail == sql.data() + sql.size());
}

Statement::Statement(Statement&& other) noexcept
    : db_(other.db_), handle_(std::exchange(other.handle_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(db_, other.db_);
  std::swap(handle_, other.handle_);
  return *this;
}

Statement::~Statement() { sqlite3_finalize(handle_); }

Statement& Statement::bind(int parameter, std::int64_t value) {
  check(db_, sqlite3_bind_int64(handle_, parameter, value), "bind");
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  check(db_, sqlite3_bind_double(handle_, parameter, value), "bind");
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  // An empty view may carry a null pointer, which SQLite would take for NULL.
  const char* data = text.data() != nullptr ? text.data() : "";
  check(db_,
        sqlite3_bind_text64(handle_, parameter, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8),
        "bind");
  return *this;
}

Statement& Statement::bind_blob(int parameter, std::span<const std::uint8_t> bytes) {
  const void* data = bytes.data() != nullptr ? static_cast<const void*>(bytes.data()) : "";
  check(db_, sqlite3_bind_blob64(handle_, parameter, data, bytes.size(), SQLITE_TRANSIENT), "bind");
  return *this;
}

Statement& Statement::bind_blob(int parameter, std::string_view bytes) {
  return bind_blob(parameter, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

Statement& Statement::bind_null(int parameter) {
  check(db_, sqlite3_bind_null(handle_, parameter), "bind");
  return *this;
}

bool Statement::step() {
  const int rc = sqlite3_step(handle_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  // Read the message before the reset that frees the statement's locks.
  try {
    fail(db_, rc, "execute");
  } catch (...) {
    sqlite3_reset(handle_);
    throw;
  }
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }
double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view Statement::blob(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

Database::Database(const std::filesystem::path& file, const DatabaseOptions& options) {
  if (!options.read_only) create_private(file);
  // WAL readers need to write the shared-memory file, so read_only is enforced by query_only.
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  int rc = sqlite3_open_v2(file.c_str(), &handle_, kFlags, checked_pages_vfs());
  if (rc == SQLITE_OK && !has_checked_pages(handle_)) {  // made before pages had checksums
    sqlite3_close_v2(handle_);
    rc = sqlite3_open_v2(file.c_str(), &handle_, kFlags, nullptr);
  }
  try {
    if (rc != SQLITE_OK) fail(handle_, rc, "open " + file.string());
    int reserved = has_checked_pages(handle_) ? kPageChecksumBytes : -1;  // -1: as it is
    check(handle_, sqlite3_file_control(handle_, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved),
          "configure");
    sqlite3_busy_timeout(handle_, static_cast<int>(options.busy_timeout.count()));
    sqlite3_extended_result_codes(handle_, 1);
    check(handle_, sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr), "configure");
    check(handle_, sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr),
          "configure");
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA foreign_keys = ON");
    execute("PRAGMA secure_delete = ON");
    execute(options.synchronous_full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    execute("PRAGMA cache_size = -" + std::to_string(options.cache_kib));
    if (options.read_only) execute("PRAGMA query_only = ON");
  } catch (...) {
    sqlite3_close_v2(handle_);
    throw;
  }
}

Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), cached_(std::move(other.cached_)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(cached_, other.cached_);
  return *this;
}

Database::~Database() {
  cached_.clear();
  sqlite3_close_v2(handle_);
}

void Database::execute(std::string_view sql) {
  const std::string text(sql);
  check(handle_, sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr), "execute");
}

Statement& Database::statement(std::string_view sql) {
  auto& slot = cached_[std::string(sql)];
  if (slot == nullptr)
    slot = std::make_unique<Statement>(*this, sql);
  else
    slot->reset();
  return *slot;
}

void Database::reset_statements() {
  for (auto& [sql, statement] : cached_) statement->reset();
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }
std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

Transaction::Transaction(Database& db, Kind kind) : db_(db) {
  db_.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  if (!open_ || !db_.in_transaction()) return;
  sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  db_.execute("COMMIT");
  open_ = false;
}

void migrate(Database& db, std::string_view component, std::span<const Migration> migrations) {
  db.execute(
      "CREATE TABLE IF NOT EXISTS schema_version("
      "component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT");
  int current = 0;
  {
    Statement read(db, "SELECT version FROM schema_version WHERE component = ?");
    if (read.bind(1, component).step()) current = static_cast<int>(read.integer(0));
  }
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  if (current > newest)
    throw Error(ErrorCode::conflict, "this library was written by a newer Carrel (" +
                                         std::string(component) + " schema " +
                                         std::to_string(current) + ", this program knows " +
                                         std::to_string(newest) + "); install the newer version");
  for (const Migration& migration : migrations) {
    if (migration.version <= current) continue;
    CARREL_ASSERT(migration.version == current + 1);
    Transaction transaction(db);
    db.execute(migration.sql);
    Statement(db,
              "INSERT INTO schema_version(component, version) VALUES(?1, ?2) "
              "ON CONFLICT(component) DO UPDATE SET version = ?2")
        .bind(1, component)
        .bind(2, std::int64_t{migration.version})
        .run();
    transaction.commit();
    current = migration.version;
  }
}

DatabasePool::DatabasePool(std::filesystem::path file, std::size_t connections_max)
    : file_(std::move(file)), connections_max_(connections_max) {
  CARREL_ASSERT(connections_max_ > 0);
}

DatabasePool::Lease::~Lease() {
  if (db_ != nullptr) pool_->give_back(std::move(db_));
}

DatabasePool::Lease DatabasePool::acquire() {
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !idle_.empty() || out_ < connections_max_; });
    ++out_;
    if (!idle_.empty()) {
      auto db = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(db));
    }
  }
  try {
    return Lease(*this, std::make_unique<Database>(file_, DatabaseOptions{.read_only = true}));
  } catch (...) {
    const std::lock_guard lock(mutex_);
    --out_;
    returned_.notify_one();
    throw;
  }
}

void DatabasePool::give_back(std::unique_ptr<Database> db) {
  db->reset_statements();
  const std::lock_guard lock(mutex_);
  --out_;
  if (!db->in_transaction()) idle_.push_back(std::move(db));
  returned_.notify_one();
}

}  // namespace carrel
