#include "index/vector_team.h"

#include <algorithm>
#include <utility>

namespace carrel::index {
namespace {

constexpr std::size_t kWidthMax = 16;

}  // namespace

Team::Team() : width_(std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kWidthMax)) {}

Team::~Team() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  wake_.notify_all();
}

void Team::run(std::size_t count, const Work& work, const std::atomic<std::size_t>* busy) {
  const std::lock_guard leading(leading_);
  lead({&work, count, busy});
}

bool Team::try_run(std::size_t count, const Work& work) {
  const std::unique_lock leading(leading_, std::try_to_lock);
  if (!leading.owns_lock()) return false;
  lead({&work, count, nullptr});
  return true;
}

void Team::lead(const Job& job) {
  next_.store(0, std::memory_order_relaxed);
  if (job.count < 2 || width_ < 2) {
    for (std::size_t i = 0; i < job.count; ++i) (*job.work)(i, 0);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    while (helpers_.size() + 1 < width_) {
      helpers_.emplace_back([this, who = helpers_.size() + 1] { help(who); });
    }
    job_ = job;
    ++number_;
  }
  wake_.notify_all();
  do_parts(job, 0);
  std::unique_lock lock(mutex_);
  job_ = {};  // who has not woken up yet has nothing to do
  done_.wait(lock, [this] { return working_ == 0; });
  if (failed_) std::rethrow_exception(std::exchange(failed_, nullptr));
}

void Team::help(std::size_t who) {
  std::size_t seen = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return ends_ || (number_ != seen && job_.work != nullptr); });
    if (ends_) return;
    seen = number_;
    const Job job = job_;
    ++working_;
    lock.unlock();
    do_parts(job, who);
    lock.lock();
    if (--working_ == 0) done_.notify_all();
  }
}

void Team::do_parts(const Job& job, std::size_t who) {
  try {
    while (true) {
      if (who > 0 && job.busy != nullptr &&
          who + job.busy->load(std::memory_order_relaxed) >= width_) {
        return;
      }
      const std::size_t i = next_.fetch_add(1, std::memory_order_relaxed);
      if (i >= job.count) return;
      (*job.work)(i, who);
    }
  } catch (...) {
    // Handed to the one whose work it is; nothing is taken for done.
    next_.store(job.count, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    if (!failed_) failed_ = std::current_exception();
  }
}

}  // namespace carrel::index
