#include "server/page_cache.h"

namespace carrel::server {

std::shared_ptr<const std::string> PageCache::find(const PageKey& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = places_.find(key);
  if (found == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

void PageCache::put(const PageKey& key, std::shared_ptr<const std::string> png) {
  const std::scoped_lock lock(mutex_);
  if (png->size() > bytes_max_ || places_.contains(key)) return;
  bytes_ += png->size();
  entries_.emplace_front(key, std::move(png));
  places_[key] = entries_.begin();
  while (bytes_ > bytes_max_) {
    bytes_ -= entries_.back().second->size();
    places_.erase(entries_.back().first);
    entries_.pop_back();
  }
}

}  // namespace carrel::server
