// core/sqlite.h
//
// SQLite as the rest of the house sees it: connections opened the safe way, prepared statements,
// transactions that roll back unless committed, numbered migrations, and a pool of readers.
//
// Every connection runs with WAL, foreign keys, DEFENSIVE, trusted_schema off and a busy timeout.
// SQL text is always a literal of ours; values arrive through bind(). SQLite's codes become Error:
// conflict (busy), unavailable (disk full, read-only, I/O), corrupt, invalid_argument (constraint).
//
// Threads: a Database and its statements belong to one thread at a time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace carrel {

class Database;

// One prepared statement, finalized when it leaves scope.
class Statement {
 public:
  // Compiles exactly one statement; `db` must outlive it.
  Statement(Database& db, std::string_view sql);
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  // Parameters count from 1. Text and blobs are copied, so the argument may die at once.
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_blob(int parameter, std::span<const std::uint8_t> bytes);
  Statement& bind_blob(int parameter, std::string_view bytes);
  Statement& bind_null(int parameter);

  bool step();   // true: a row is ready; false: finished
  void run();    // step() to the end, then reset()
  void reset();  // ready for new values; bindings are cleared

  // Columns count from 0. Views stay valid until the next step() or reset().
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;
  std::string_view blob(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* handle_ = nullptr;
};

struct DatabaseOptions {
  bool read_only = false;
  bool synchronous_full = false;  // fsync at every commit; otherwise at checkpoints (WAL, NORMAL)
  std::chrono::milliseconds busy_timeout{5000};
  std::int64_t cache_kib = 8192;
};

class Database {
 public:
  // Creates the file (mode 0600) unless read_only. Errors: unavailable, corrupt (not a database).
  explicit Database(const std::filesystem::path& file, const DatabaseOptions& options = {});
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  void execute(std::string_view sql);  // any number of literal statements without values

  // A prepared statement kept with the connection, reset and ready. Do not nest the same SQL.
  Statement& statement(std::string_view sql);

  // Ends what unfinished kept statements still read: an open one pins an old snapshot.
  void reset_statements();

  std::int64_t last_insert_id() const;
  std::int64_t changes() const;
  bool in_transaction() const;
  sqlite3* handle() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, std::unique_ptr<Statement>> cached_;
};

// BEGIN IMMEDIATE for writers, BEGIN (one snapshot) for readers; rolled back unless commit() ran.
class Transaction {
 public:
  enum class Kind : std::uint8_t { write, read };
  explicit Transaction(Database& db, Kind kind = Kind::write);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& db_;
  bool open_ = true;
};

struct Migration {
  int version;  // 1, 2, 3 ... without gaps
  std::string_view sql;
};

// Brings `component`'s tables to the newest version, each migration inside its own transaction.
// Errors: conflict (the file was written by a newer Carrel: says both versions), corrupt.
void migrate(Database& db, std::string_view component, std::span<const Migration> migrations);

// Read-only connections, handed out one at a time. Any thread.
class DatabasePool {
 public:
  DatabasePool(std::filesystem::path file, std::size_t connections_max);

  class Lease {
   public:
    Lease(DatabasePool& pool, std::unique_ptr<Database> db) : pool_(&pool), db_(std::move(db)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Database& operator*() const { return *db_; }
    Database* operator->() const { return db_.get(); }

   private:
    DatabasePool* pool_;
    std::unique_ptr<Database> db_;
  };

  Lease acquire();  // waits while all are out

 private:
  void give_back(std::unique_ptr<Database> db);

  std::filesystem::path file_;
  std::size_t connections_max_;
  std::size_t out_ = 0;
  std::vector<std::unique_ptr<Database>> idle_;
  std::mutex mutex_;
  std::condition_variable returned_;
};

}  // namespace carrel
