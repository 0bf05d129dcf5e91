#include "server/rate_limit.h"

#include <algorithm>

namespace carrel::server {

namespace {
constexpr std::size_t kKeysMax = 16'384;
}

bool RateLimit::try_take(const std::string& key, Time now) {
  const auto seconds = [](Time::duration d) { return std::chrono::duration<double>(d).count(); };
  const std::scoped_lock lock(mutex_);
  if (buckets_.size() >= kKeysMax && !buckets_.contains(key)) {
    // Buckets that have filled up meanwhile are as good as new; if none has, all begin anew.
    std::erase_if(buckets_, [&](const auto& one) { return seconds(now - one.second.filled) > 2; });
    if (buckets_.size() >= kKeysMax) buckets_.clear();
  }
  Bucket& bucket = buckets_.try_emplace(key, Bucket{burst_, now}).first->second;
  bucket.tokens =
      std::min(burst_, bucket.tokens + per_second_ * std::max(0.0, seconds(now - bucket.filled)));
  bucket.filled = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace carrel::server
