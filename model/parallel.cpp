// Threads are started for one call and joined in it: training is rare, and a pool that idles
// between two trainings would have to be shut down, forked around and explained.
#include "model/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <sched.h>

namespace carrel::model {

std::size_t usable_threads() {
  cpu_set_t mask;
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0)
    return std::max<std::size_t>(1, static_cast<std::size_t>(CPU_COUNT(&mask)));
  return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

void run_pieces(std::size_t count, std::size_t threads,
                const std::function<void(std::size_t)>& piece) {
  if (threads == 0) threads = usable_threads();
  threads = std::min(threads, count);
  std::atomic<std::size_t> next{0};
  std::mutex failure_mutex;
  std::exception_ptr failure;  // the first one; under failure_mutex until the joins

  const auto work = [&] {
    try {
      for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) piece(i);
    } catch (...) {  // carried to the caller below, never swallowed
      next.store(count);
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    others.reserve(threads);
    for (std::size_t t = 1; t < threads; ++t) {
      try {
        others.emplace_back(work);
      } catch (const std::system_error&) {
        break;  // the system gives no more threads: those that run do the rest
      }
    }
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace carrel::model
