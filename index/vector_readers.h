// index/vector_readers.h
//
// Readers beside one writer: what each reader sees, and when a slot may be used again.
//
// Every write ends by raising the version. A node is visible to a reader whose version lies
// between the node's birth and death, so a search sees each chunk once, before or after a
// replacement. A slot is reused when every reader that runs began after the slot was cut out
// (epoch-based reclamation, Fraser 2004, with the version as the epoch).
//
// Threads: enter() on any thread; publish() and oldest() by the writer.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "index/hnsw_walk.h"

namespace carrel::index {

class Readers {
 private:
  struct Seat {
    explicit Seat(const VectorStore& store) : context(store) {}
    std::atomic<std::uint64_t> version{0};  // 0: nobody reads
    WalkContext context;
  };

 public:
  explicit Readers(const VectorStore& store) : store_(store) {}

  // One reader's stay: its version, and scratch of its own.
  class Stay {
   public:
    explicit Stay(Readers& readers);
    ~Stay();
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;
    std::uint64_t version() const noexcept { return version_; }
    WalkContext& context() noexcept { return seat_->context; }

   private:
    Readers& readers_;
    Seat* seat_;
    std::uint64_t version_;
  };

  std::uint64_t version() const noexcept { return version_.load(std::memory_order_seq_cst); }
  void publish(std::uint64_t version) noexcept {
    version_.store(version, std::memory_order_seq_cst);
  }
  const std::atomic<std::size_t>& running() const noexcept { return running_; }
  // The smallest version a running reader holds; the current one if none runs.
  std::uint64_t oldest() const;

 private:
  const VectorStore& store_;
  std::atomic<std::uint64_t> version_{1};
  std::atomic<std::size_t> running_{0};
  mutable std::mutex mutex_;                  // guards the two lists
  std::vector<std::unique_ptr<Seat>> seats_;  // all, until the index goes
  std::vector<Seat*> empty_;
};

}  // namespace carrel::index
