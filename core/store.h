// core/store.h
//
// carrel.db, the one truth: a single writer and a pool of readers over the same file.
//
// Writers take turns through write(); a write transaction should stay under about 50 ms, so that
// nobody waits long. Any thread.
#pragma once

#include <filesystem>
#include <mutex>

#include "core/sqlite.h"

namespace carrel {

class Store {
 public:
  explicit Store(const std::filesystem::path& file, std::size_t readers_max = 16);

  class Writer {
   public:
    explicit Writer(Store& store) : store_(store), lock_(store.mutex_) { ++store_.depth_; }
    ~Writer() {
      if (--store_.depth_ == 0) store_.writer_.reset_statements();
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    Database& operator*() const { return store_.writer_; }
    Database* operator->() const { return &store_.writer_; }

   private:
    Store& store_;
    std::unique_lock<std::recursive_mutex> lock_;
  };

  // The writer's connection, held until the Writer dies. The same thread may take it again.
  Writer write() { return Writer(*this); }
  DatabasePool::Lease read();

 private:
  Database writer_;
  std::recursive_mutex mutex_;
  int depth_ = 0;  // of nested Writers; guarded by mutex_
  DatabasePool readers_;
};

}  // namespace carrel
