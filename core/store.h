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
    Writer(std::unique_lock<std::recursive_mutex> lock, Database& db)
        : lock_(std::move(lock)), db_(&db) {}
    Database& operator*() const { return *db_; }
    Database* operator->() const { return db_; }

   private:
    std::unique_lock<std::recursive_mutex> lock_;
    Database* db_;
  };

  // The writer's connection, held until the Writer dies. The same thread may take it again.
  Writer write();
  DatabasePool::Lease read();

 private:
  Database writer_;
  std::recursive_mutex mutex_;
  DatabasePool readers_;
};

}  // namespace carrel
