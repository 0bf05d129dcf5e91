// index/vector_team.h
//
// The other cores: threads that help whoever has work that falls into equal parts. They start with
// the first such work and sleep between works.
//
// Threads: run() and try_run() from any thread; one work at a time has the team.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace carrel::index {

class Team {
 public:
  // Does part `i` of a work; `who` is less than width(), and no two that run at once share it.
  using Work = std::function<void(std::size_t i, std::size_t who)>;

  Team();
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  std::size_t width() const noexcept { return width_; }

  // Does parts [0, count) and returns when all are done; waits while another work has the team.
  // Rethrows the first exception of a part. With `busy`, helpers leave the cores to as many
  // others as it counts, from one part to the next; the caller goes on.
  void run(std::size_t count, const Work& work, const std::atomic<std::size_t>* busy = nullptr);
  // The same, but false, and nothing done, while another work has the team.
  bool try_run(std::size_t count, const Work& work);

 private:
  struct Job {
    const Work* work = nullptr;
    std::size_t count = 0;
    const std::atomic<std::size_t>* busy = nullptr;
  };
  void lead(const Job& job);
  void help(std::size_t who);
  void do_parts(const Job& job, std::size_t who);

  std::size_t width_;
  std::mutex leading_;  // held by the one whose work it is
  std::mutex mutex_;    // guards all below but next_
  std::condition_variable wake_;
  std::condition_variable done_;
  std::vector<std::jthread> helpers_;
  Job job_;
  std::size_t number_ = 0;   // of the job
  std::size_t working_ = 0;  // helpers in it
  std::exception_ptr failed_;
  bool ends_ = false;
  std::atomic<std::size_t> next_{0};  // part
};

}  // namespace carrel::index
