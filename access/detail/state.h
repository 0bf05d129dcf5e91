// access/detail/state.h
//
// What AccessControl keeps, and how a change of rules comes into force.
//
// The epoch in the database is raised in the transaction that changes the rules. Two numbers in
// memory save asking the database for it:
//
//   pending    the highest epoch that a transaction of ours has written, committed or not. It is
//              raised before the transaction can commit.
//   committed  an epoch that is known to be committed.
//
// While pending > committed nobody can tell from memory whether that transaction committed, so
// every caller asks the database, about 3 us, until it has seen an epoch that reaches pending. A
// call that begins after a commit therefore always sees it, whoever committed. A rolled-back
// transaction costs these 3 us until the next change commits, and nothing else: rules are read on a
// connection that sees committed rows only, so what was rolled back never reaches a snapshot, and
// no ACL class number is handed out twice by one process, so a number that leaked from a
// rolled-back transaction stays a number that nobody may read. A class that is newer than a
// snapshot is not in its bitmap: the reader is denied for a moment, never permitted.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "access/access_control.h"
#include "access/detail/rules.h"
#include "core/error.h"

namespace carrel::access {

struct AccessControl::Rules : detail::Rules {
  using detail::Rules::Rules;
};

struct AccessControl::State {
  State(Store& the_store, const Clock& the_clock, const AccessOptions& the_options);

  std::uint64_t epoch();
  std::shared_ptr<const Rules> rules();

  // Inside a write transaction: raises the epoch in the database, then pending.
  std::uint64_t raise_epoch(Database& writer, bool changes_people);

  Store& store;
  const Clock& clock;
  AccessOptions options;
  std::int64_t next_class = 1;  // guarded by the store's writer

 private:
  std::atomic<std::uint64_t> pending_{0};
  std::atomic<std::uint64_t> committed_{0};
  std::mutex reader_mutex_;
  Database reader_;  // of its own, so that a caller who holds the pool's last reader can ask
  std::mutex rules_mutex_;
  std::shared_ptr<const Rules> rules_;
};

namespace detail {

// One column of one row; none if there is no row. Leaves the statement reset, so that it does not
// pin an old snapshot.
std::optional<std::int64_t> take_integer(Statement& statement);

// The row of a principal by its folded name, as the writer's transaction sees it.
std::optional<PrincipalId> find_principal(Database& db, const PrincipalName& name);

// Throws `code`: "there is no group:finace; did you mean 'group:finance'?"
[[noreturn]] void refuse_unknown(Database& db, const PrincipalName& name, ErrorCode code);

// Errors: invalid_argument, naming the nearest label.
std::int64_t rank_of_label(const std::vector<std::string>& labels, std::string_view label);

// Creates or checks all that AccessControl's constructor promises.
void prepare_tables(Database& writer, const AccessOptions& options, UnixMillis now);

}  // namespace detail
}  // namespace carrel::access
