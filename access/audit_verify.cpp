// Verification of the audit log: everything is worked out again from the records themselves.
//
// The seals name the record that was touched, the signed heads hold the whole together, and a head
// that was exported earlier is the only witness against somebody who puts back an older copy of the
// whole folder, or who holds the key.
#include <algorithm>
#include <map>

#include "access/detail/audit_state.h"
#include "core/error.h"

namespace carrel::access {
namespace {

using detail::AuditRow;

constexpr std::size_t kFindingsMax = 64;
constexpr std::uint64_t kOriginTriesMax = 1'000'000;

std::string number(std::uint64_t n) { return std::to_string(n); }

std::string records(std::uint64_t first, std::uint64_t last) {
  if (first == last) return "record " + number(first) + " was";
  return "records " + number(first) + " to " + number(last) + " were";
}

class Verification {
 public:
  Verification(Database& db, const detail::AuditKey& key, std::uint64_t acknowledged,
               const std::optional<AuditHead>& trusted)
      : db_(db), key_(key), acknowledged_(acknowledged), trusted_(trusted) {}

  std::vector<AuditFinding> run() {
    read_heads();
    read_tiles();
    walk_records();
    check_end();
    check_stray_rows();
    check_trusted();
    return std::move(findings_);
  }

 private:
  void report(std::uint64_t record, std::string what) {
    if (findings_.size() < kFindingsMax) findings_.push_back({record, std::move(what)});
  }

  void read_heads() {
    Statement rows(db_,
                   "SELECT size, root, time, public_key, signature FROM audit_head ORDER BY size");
    while (rows.step()) {
      const AuditHead head = detail::head_at(rows);
      newest_head_ = std::max(newest_head_, head.size);
      if (head.public_key == key_.signing.public_key && detail::is_signature_valid(head))
        heads_.emplace(head.size, head);
      else
        report(0, "the signed head over " + number(head.size) + " records was changed");
    }
  }

  void read_tiles() {
    Statement rows(db_, "SELECT height, place, root FROM audit_tile");
    while (rows.step())
      tiles_[{static_cast<int>(rows.integer(0)), static_cast<std::uint64_t>(rows.integer(1))}] =
          std::string(rows.blob(2));
  }

  bool is_sealed_as(const AuditRow& row, std::uint64_t id) const {
    const Digest seal = detail::seal_of(key_, detail::leaf_of(row, id));
    return equal_in_constant_time(bytes_of(row.seal), seal);
  }

  // The number under which the log itself wrote this row; the likely ones are tried first.
  std::optional<std::uint64_t> origin_of(const AuditRow& row) const {
    for (std::uint64_t id = row.id > 2 ? row.id - 2 : 1; id <= row.id + 2; ++id)
      if (is_sealed_as(row, id)) return id;
    if (!findings_.empty()) return std::nullopt;  // the long search is for the first finding
    const std::uint64_t last = std::max({newest_head_, acknowledged_, row.id});
    for (std::uint64_t id = 1; id <= std::min(last, kOriginTriesMax); ++id)
      if (is_sealed_as(row, id)) return id;
    return std::nullopt;
  }

  std::optional<std::uint64_t> origin_of_next(std::uint64_t id) {
    Statement next(db_, std::string(detail::kRowColumns) + "WHERE r.id > ? ORDER BY r.id LIMIT 1");
    if (!next.bind(1, static_cast<std::int64_t>(id)).step()) return std::nullopt;
    return origin_of(detail::row_at(next));
  }

  void walk_records() {
    Statement rows(db_, std::string(detail::kRowColumns) + "ORDER BY r.id");
    std::uint64_t expected = 1;
    while (!is_out_of_step_ && rows.step()) {
      const AuditRow row = detail::row_at(rows);
      if (row.id != expected) {
        is_whole_ = false;
        if (row.id > expected)
          report(expected, records(expected, row.id - 1) + " removed");
        else
          report(0, "a record with the impossible number " +
                        std::to_string(static_cast<std::int64_t>(row.id)) + " was inserted");
      }
      expected = std::max(expected, row.id + 1);
      last_ = std::max(last_, row.id);
      check_record(row);
      if (is_out_of_step_) break;
      check_words(row);
    }
    last_ = std::max(last_, detail::newest_record(db_));
  }

  void check_record(const AuditRow& row) {
    const Digest leaf = detail::leaf_of(row, row.id);
    if (!equal_in_constant_time(bytes_of(row.seal), detail::seal_of(key_, leaf))) {
      is_whole_ = false;
      explain(row);
      return;
    }
    if (!is_whole_) return;
    frontier_.append(leaf, [this](int height, std::uint64_t place, const Digest& root) {
      if (height % detail::kTileHeight == 0) check_tile(height, place, root);
    });
    check_roots();
  }

  // A row that the log did not write as it stands: was it changed, moved, or put in by somebody?
  void explain(const AuditRow& row) {
    const auto origin = origin_of(row);
    const auto next = origin_of_next(row.id);
    const std::string name = "record " + number(row.id);
    is_out_of_step_ = true;
    if (!origin && next == row.id) {
      report(row.id, name + " was inserted, and those after it were renumbered");
    } else if (!origin && row.id > newest_head_) {
      report(row.id, name + " was inserted: no signed head covers it");
    } else if (!origin) {
      report(row.id, name + " was changed");
      is_out_of_step_ = false;
    } else if (*origin > row.id && (!next || *next == *origin + 1) &&
               detail::newest_record(db_) < std::max(newest_head_, acknowledged_)) {
      report(row.id, records(row.id, *origin - 1) + " removed, and those after it renumbered");
    } else {
      report(row.id, name + " holds what was written as record " + number(*origin) +
                         ": records were reordered");
    }
  }

  void check_tile(int height, std::uint64_t place, const Digest& root) {
    const auto found = tiles_.find({height, place});
    const bool is_right = found != tiles_.end() && found->second == text_of(root);
    if (!is_right)
      report((place << height) + 1, "the stored hash over records " +
                                        number((place << height) + 1) + " to " +
                                        number((place + 1) << height) + " was changed");
    if (found != tiles_.end()) tiles_.erase(found);
  }

  void check_roots() {
    const std::uint64_t size = frontier_.size();
    if (trusted_ && trusted_->size == size) trusted_root_ = frontier_.root();
    const auto head = heads_.find(size);
    if (head == heads_.end()) return;
    if (head->second.root == frontier_.root()) {
      agreed_ = size;
      return;
    }
    report(agreed_ + 1, records(agreed_ + 1, size) +
                            " rewritten by somebody who holds the key: they do not give the root "
                            "that was signed over them");
    is_whole_ = false;
  }

  void check_words(const AuditRow& row) {
    const std::string name = "the words of record " + number(row.id);
    if (row.commitment.empty()) {
      if (row.has_words_row) report(row.id, name + " were added later");
    } else if (!row.has_words_row) {
      report(row.id, name + " were removed");
    } else if (row.words && row.salt) {
      if (text_of(detail::commitment_of(key_, *row.salt, *row.words)) != row.commitment)
        report(row.id, name + " were changed");
    } else if (row.words || row.salt ||
               text_of(detail::erasure_of(key_, row.id, row.erased_at)) != row.erasure) {
      report(row.id, name + " were removed, but not by the log itself");
    }
  }

  void check_end() {
    if (is_out_of_step_) return;
    const std::uint64_t known = std::max(newest_head_, acknowledged_);
    if (known > last_)
      report(last_ + 1, records(last_ + 1, known) + " cut off");
    else if (newest_head_ < last_ && is_whole_)
      report(newest_head_ + 1, records(newest_head_ + 1, last_) +
                                   " left without a signed head: the newest heads were removed");
  }

  void check_stray_rows() {
    if (is_whole_ && !tiles_.empty())
      report(0, "there are stored hashes over records that the log does not have");
    Statement rows(db_,
                   "SELECT w.record FROM audit_words w LEFT JOIN audit_record r ON r.id = w.record "
                   "WHERE r.id IS NULL ORDER BY 1 LIMIT 1");
    if (rows.step() && is_whole_)
      report(static_cast<std::uint64_t>(rows.integer(0)), "there are words for record " +
                                                              std::to_string(rows.integer(0)) +
                                                              ", which the log does not have");
  }

  void check_trusted() {
    if (!trusted_) return;
    if (!detail::is_signature_valid(*trusted_)) {
      report(0, "the given head is not validly signed: it was damaged or forged");
    } else if (trusted_->public_key != key_.signing.public_key) {
      report(0, "the given head was signed with another key than this log's");
    } else if (trusted_->size > last_) {
      report(last_ + 1, records(last_ + 1, trusted_->size) + " cut off: the given head covers " +
                            number(trusted_->size) + " records");
    } else if (trusted_root_ && *trusted_root_ != trusted_->root) {
      report(1, "the first " + number(trusted_->size) +
                    " records are not those that the given head was signed over");
    }
  }

  Database& db_;
  const detail::AuditKey& key_;
  std::uint64_t acknowledged_;
  const std::optional<AuditHead>& trusted_;
  std::map<std::uint64_t, AuditHead> heads_;  // those that are validly signed
  std::map<std::pair<int, std::uint64_t>, std::string> tiles_;
  detail::Frontier frontier_;
  std::optional<Digest> trusted_root_;
  std::uint64_t newest_head_ = 0;
  std::uint64_t last_ = 0;       // the newest record there is
  std::uint64_t agreed_ = 0;     // up to here a signed root was met
  bool is_whole_ = true;         // no record so far is missing or touched
  bool is_out_of_step_ = false;  // numbers no longer tell which record is which
  std::vector<AuditFinding> findings_;
};

}  // namespace

std::vector<AuditFinding> AuditLog::verify(const std::optional<AuditHead>& trusted) const {
  const std::uint64_t acknowledged = size();  // before the snapshot, which then has at least these
  const auto reader = state_->readers.acquire();
  Transaction snapshot(*reader, Transaction::Kind::read);
  return Verification(*reader, state_->key, acknowledged, trusted).run();
}

}  // namespace carrel::access
