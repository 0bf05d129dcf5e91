#include "cli/eval_parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace carrel::cli {

void for_each_in_parallel(std::size_t count, unsigned threads, std::string_view stage,
                          ProgressSink& progress, const CancelToken& cancel,
                          const std::function<void(std::size_t)>& work) {
  constexpr unsigned kThreadsMax = 16;
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::size_t done = 0;        // guarded by mutex
  std::exception_ptr failure;  // guarded by mutex, as is progress
  const auto run = [&] {
    try {
      for (std::size_t i = next++; i < count; i = next++) {
        cancel.check();
        work(i);
        const std::lock_guard lock(mutex);
        progress.update({stage, ++done, count, "questions", {}});
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next = count;
    }
  };
  if (threads == 0) threads = std::thread::hardware_concurrency();
  threads = std::clamp(threads, 1U, kThreadsMax);
  {
    std::vector<std::jthread> workers;
    for (unsigned t = 0; t < threads; ++t) workers.emplace_back(run);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace carrel::cli
