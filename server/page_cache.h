// server/page_cache.h
//
// Drawn pages, the least recently used forgotten first. It knows nothing of access: callers check
// that a document may be read before they look here, every time.
//
// Threads: all members, any thread.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "core/ids.h"

namespace carrel::server {

struct PageKey {
  DocumentId document;
  std::int32_t version = 0;
  std::int32_t page = 0;
  ChunkId chunk;  // none: no highlight
  auto operator<=>(const PageKey&) const = default;
};

class PageCache {
 public:
  explicit PageCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  std::shared_ptr<const std::string> find(const PageKey& key);
  void put(const PageKey& key, std::shared_ptr<const std::string> png);

 private:
  using Entry = std::pair<PageKey, std::shared_ptr<const std::string>>;

  std::size_t bytes_max_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::map<PageKey, std::list<Entry>::iterator> places_;
};

}  // namespace carrel::server
