// The audit log's tables, and the hashes that are read from them.
#include <array>
#include <bit>

#include "access/detail/audit_state.h"
#include "core/error.h"

namespace carrel::access::detail {
namespace {

constexpr std::array kMigrations = {Migration{1, R"sql(
  CREATE TABLE audit_record(
    id INTEGER PRIMARY KEY,              -- 1, 2, 3 ... without gaps
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    os_user TEXT NOT NULL,
    via TEXT NOT NULL,
    action TEXT NOT NULL,
    phase TEXT NOT NULL,
    intent INTEGER NOT NULL,
    details TEXT NOT NULL,
    commitment BLOB NOT NULL,            -- HMAC of salt and words; empty: no words
    seal BLOB NOT NULL                   -- HMAC of the leaf hash
  ) STRICT;
  CREATE TABLE audit_words(
    record INTEGER PRIMARY KEY REFERENCES audit_record(id),
    salt BLOB,                           -- NULL once erased
    words TEXT,                          -- NULL once erased
    erased_at INTEGER NOT NULL DEFAULT 0,
    erasure BLOB NOT NULL DEFAULT x''    -- HMAC that the erasing was the log's own
  ) STRICT;
  CREATE TABLE audit_head(
    size INTEGER PRIMARY KEY,
    root BLOB NOT NULL,
    time INTEGER NOT NULL,
    public_key BLOB NOT NULL,
    signature BLOB NOT NULL
  ) STRICT;
  CREATE TABLE audit_tile(               -- roots of 2^height records from (place << height) + 1
    height INTEGER NOT NULL,
    place INTEGER NOT NULL,
    root BLOB NOT NULL,
    PRIMARY KEY(height, place)
  ) STRICT, WITHOUT ROWID;
)sql"}};

Digest digest_at(const Statement& rows, int column) {
  Digest out{};
  const std::string_view bytes = rows.blob(column);
  if (bytes.size() == out.size()) std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

std::optional<Digest> stored_tile(Database& db, int height, std::uint64_t place) {
  Statement& row = db.statement("SELECT root FROM audit_tile WHERE height = ? AND place = ?");
  std::optional<Digest> out;
  if (row.bind(1, std::int64_t{height}).bind(2, static_cast<std::int64_t>(place)).step())
    out = digest_at(row, 0);
  row.reset();
  return out;
}

Digest leaf_at(Database& db, std::uint64_t index) {
  const std::string sql = std::string(kRowColumns) + "WHERE r.id = ?";
  Statement& row = db.statement(sql);
  if (!row.bind(1, static_cast<std::int64_t>(index + 1)).step())
    throw Error(ErrorCode::corrupt, "audit record " + std::to_string(index + 1) +
                                        " is missing; run 'carrel audit verify'");
  const Digest out = leaf_of(row_at(row), index + 1);
  row.reset();
  return out;
}

}  // namespace

void prepare_audit_tables(Database& db) { migrate(db, "audit", kMigrations); }

AuditRow row_at(const Statement& rows) {
  AuditRow out{.id = static_cast<std::uint64_t>(rows.integer(0)), .time = {rows.integer(1)}};
  out.record = {.actor = std::string(rows.text(2)),
                .os_user = std::string(rows.text(3)),
                .via = std::string(rows.text(4)),
                .action = std::string(rows.text(5)),
                .phase = std::string(rows.text(6)),
                .intent = {rows.integer(7)},
                .details = std::string(rows.text(8))};
  out.commitment = std::string(rows.blob(9));
  out.seal = std::string(rows.blob(10));
  out.has_words_row = !rows.is_null(11);
  if (!rows.is_null(12)) out.salt = std::string(rows.blob(12));
  if (!rows.is_null(13)) out.words = std::string(rows.text(13));
  out.erased_at = rows.integer(14);
  out.erasure = std::string(rows.blob(15));
  return out;
}

StoredAuditRecord to_stored(const AuditRow& row) {
  return {.id = {static_cast<std::int64_t>(row.id)},
          .time = row.time,
          .record = row.record,
          .leaf = leaf_of(row, row.id),
          .words = row.words};
}

std::uint64_t newest_record(Database& db) {
  Statement& row = db.statement("SELECT ifnull(max(id), 0) FROM audit_record");
  row.step();
  const auto out = static_cast<std::uint64_t>(row.integer(0));
  row.reset();
  return out;
}

AuditHead head_at(const Statement& rows) {
  return {.size = static_cast<std::uint64_t>(rows.integer(0)),
          .root = digest_at(rows, 1),
          .time = {rows.integer(2)},
          .public_key = std::string(rows.blob(3)),
          .signature = std::string(rows.blob(4))};
}

std::optional<AuditHead> newest_head(Database& db) {
  Statement row(db,
                "SELECT size, root, time, public_key, signature FROM audit_head "
                "ORDER BY size DESC LIMIT 1");
  if (!row.step()) return std::nullopt;
  return head_at(row);
}

Digest root_of_range(Database& db, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t size = end - begin;
  CARREL_ASSERT(size > 0);
  if (size == 1) return leaf_at(db, begin);
  if (std::has_single_bit(size)) {
    const int height = std::countr_zero(size);
    if (height % kTileHeight == 0 && begin % size == 0)
      if (const auto tile = stored_tile(db, height, begin >> height)) return *tile;
  }
  const std::uint64_t middle = begin + split_of(size);
  const Digest left = root_of_range(db, begin, middle);
  return node_hash(left, root_of_range(db, middle, end));
}

Frontier frontier_of(Database& db, std::uint64_t size) {
  std::vector<Digest> peaks;
  std::uint64_t begin = 0;
  while (begin < size) {
    const std::uint64_t length = std::bit_floor(size - begin);
    peaks.push_back(root_of_range(db, begin, begin + length));
    begin += length;
  }
  return Frontier(size, std::move(peaks));
}

}  // namespace carrel::access::detail
