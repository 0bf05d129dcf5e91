// ingest/read_ahead.h
//
// Works on numbered items with several threads ahead of one consumer, who gets the results in the
// order of their numbers. What is begun and not yet released is bounded in number and in bytes, so
// that a folder of large files never lies in memory at once.
//
// The order is kept because document and chunk ids follow it: the same folder gives the same
// library whatever the threads do. Items are admitted in order too, so the one the consumer waits
// for never waits for room that a later one holds.
//
// Threads: next(), release() and the destructor on the consumer's; `work` on the workers', several
// at once. Ownership: owns its threads; the functions must outlive it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace carrel::ingest {

struct ReadAheadLimits {
  std::size_t threads = 3;
  std::size_t items_max = 256;          // begun and not released
  std::size_t bytes_max = 96ULL << 20;  // likewise; one item alone may be larger
};

template <class Result>
class ReadAhead {
 public:
  struct Item {
    Result result;
    std::size_t charge = 0;  // bytes; to be given to release()
  };
  struct Functions {
    std::function<std::size_t(std::size_t)> cost_before;  // bytes an item will take
    std::function<Result(std::size_t)> work;
    std::function<std::size_t(const Result&)> cost_after;  // bytes the result takes
  };

  ReadAhead(std::size_t count, const ReadAheadLimits& limits, Functions functions)
      : count_(count), limits_(limits), functions_(std::move(functions)) {
    for (std::size_t i = 0; i < limits_.threads; ++i) threads_.emplace_back([this] { run(); });
  }

  ~ReadAhead() {
    {
      const std::scoped_lock lock(mutex_);
      is_stopping_ = true;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  bool is_finished() const { return handed_out_ == count_; }
  std::size_t next_number() const { return handed_out_; }

  // The next result. None: it is not there yet after `wait`; or the workers have no room, and
  // `holds_items` says that the caller has some to release. What `work` threw comes out here.
  std::optional<Item> next(std::chrono::milliseconds wait, bool holds_items) {
    std::unique_lock lock(mutex_);
    const auto is_here = [&] { return done_.contains(handed_out_); };
    ready_.wait_for(lock, wait,
                    [&] { return is_here() || (holds_items && begun_ < count_ && !has_room()); });
    if (!is_here()) return std::nullopt;
    auto node = done_.extract(handed_out_++);
    Done& done = node.mapped();
    if (done.error) std::rethrow_exception(done.error);
    return Item{std::move(*done.result), done.charge};
  }

  void release(std::size_t charge) {
    {
      const std::scoped_lock lock(mutex_);
      bytes_ -= charge;
      --items_;
    }
    room_.notify_all();
  }

 private:
  struct Done {
    std::optional<Result> result;
    std::exception_ptr error;
    std::size_t charge = 0;
  };

  bool has_room() const {
    if (items_ == 0) return true;
    return items_ < limits_.items_max &&
           bytes_ + functions_.cost_before(begun_) <= limits_.bytes_max;
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      if (begun_ < count_ && !has_room()) ready_.notify_one();
      room_.wait(lock, [&] { return is_stopping_ || begun_ == count_ || has_room(); });
      if (is_stopping_ || begun_ == count_) return;
      const std::size_t cost = functions_.cost_before(begun_);
      const std::size_t number = begun_++;
      bytes_ += cost;
      ++items_;
      lock.unlock();
      Done done = make(number);
      lock.lock();
      bytes_ = bytes_ - cost + done.charge;
      done_.emplace(number, std::move(done));
      ready_.notify_one();
      room_.notify_all();
    }
  }

  Done make(std::size_t number) const {
    Done done;
    try {
      done.result.emplace(functions_.work(number));
      done.charge = functions_.cost_after(*done.result);
    } catch (...) {
      done.error = std::current_exception();
    }
    return done;
  }

  const std::size_t count_;
  const ReadAheadLimits limits_;
  const Functions functions_;

  std::mutex mutex_;
  std::condition_variable room_;   // for the workers
  std::condition_variable ready_;  // for the consumer
  std::map<std::size_t, Done> done_;
  std::size_t begun_ = 0;
  std::size_t items_ = 0;  // begun and not released
  std::size_t bytes_ = 0;
  bool is_stopping_ = false;
  std::size_t handed_out_ = 0;  // consumer only
  std::vector<std::thread> threads_;
};

}  // namespace carrel::ingest
