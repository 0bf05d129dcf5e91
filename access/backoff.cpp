#include "access/detail/backoff.h"

#include <algorithm>

#include "core/error.h"

namespace carrel::access::detail {
namespace {

std::chrono::milliseconds wait_after(std::uint32_t failures, const BackoffLimits& limits) {
  if (failures < limits.failures_free) return {};
  const std::uint32_t doublings = std::min<std::uint32_t>(failures - limits.failures_free, 30);
  return std::min<std::chrono::milliseconds>(std::chrono::seconds(std::int64_t{1} << doublings),
                                             limits.wait_max);
}

}  // namespace

void Backoff::begin(const std::string& account, Time now) {
  const std::lock_guard lock(mutex_);
  if (accounts_.size() >= limits_.accounts_max && !accounts_.contains(account)) make_room(now);
  Failures& failures = accounts_[account];
  if (failures.count > 0 && now - failures.last > limits_.remembered) failures = {};
  if (failures.count > 0 && now < failures.not_before) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(failures.not_before - now);
    throw Error(ErrorCode::deadline, "too many failed attempts to sign in; try again in " +
                                         std::to_string(left.count()) + " s");
  }
  ++failures.count;
  failures.last = now;
  failures.not_before = now + wait_after(failures.count, limits_);
}

void Backoff::forgive(const std::string& account) {
  const std::lock_guard lock(mutex_);
  accounts_.erase(account);
}

// Drops what has been forgotten; if that is nothing, the account that failed longest ago.
void Backoff::make_room(Time now) {
  std::erase_if(accounts_,
                [&](const auto& one) { return now - one.second.last > limits_.remembered; });
  if (accounts_.size() < limits_.accounts_max) return;
  accounts_.erase(
      std::min_element(accounts_.begin(), accounts_.end(),
                       [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
}

}  // namespace carrel::access::detail
