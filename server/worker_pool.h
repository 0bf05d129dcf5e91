// server/worker_pool.h
//
// Threads that take tasks from a bounded queue; they are started when there is work for them and
// stay. Threads: all members, any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace carrel::server {

class WorkerPool {
 public:
  WorkerPool(std::size_t threads_max, std::size_t queue_max);
  ~WorkerPool();  // finishes what is queued

  bool try_submit(std::function<void()> task);  // false: the queue is full

 private:
  void work();

  const std::size_t threads_max_;
  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> queue_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace carrel::server
