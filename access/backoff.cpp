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

void Backoff::begin(const std::string& bucket, Time now) {
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= limits_.buckets_max && !buckets_.contains(bucket)) make_room(now);
  Failures& failures = buckets_[bucket];
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

void Backoff::forgive(const std::string& bucket) {
  const std::lock_guard lock(mutex_);
  buckets_.erase(bucket);
}

void Backoff::withdraw(const std::string& bucket) {
  const std::lock_guard lock(mutex_);
  const auto found = buckets_.find(bucket);
  if (found == buckets_.end()) return;
  found->second.not_before = found->second.last;
  if (--found->second.count == 0) buckets_.erase(found);
}

// Drops what has been forgotten; if that is nothing, the bucket that failed longest ago.
void Backoff::make_room(Time now) {
  std::erase_if(buckets_,
                [&](const auto& one) { return now - one.second.last > limits_.remembered; });
  if (buckets_.size() < limits_.buckets_max) return;
  buckets_.erase(
      std::min_element(buckets_.begin(), buckets_.end(),
                       [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
}

}  // namespace carrel::access::detail
