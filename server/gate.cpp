#include "server/gate.h"

#include <algorithm>

#include "server/problem.h"

namespace carrel::server {

namespace {
// A waiter looks this often whether its client is still there.
constexpr std::chrono::milliseconds kLook{50};

Problem busy() {
  return Problem(503, "busy", "The server is busy with other requests; try again shortly.", 2);
}
}  // namespace

Gate::Pass::~Pass() {
  if (gate_ != nullptr) gate_->leave(key_);
}

Gate::Pass Gate::enter(const std::string& key, const CancelToken& gone) {
  const auto deadline = std::chrono::steady_clock::now() + limits_.wait_max;
  std::unique_lock lock(mutex_);
  const auto mine = counts_.find(key);
  if (mine != counts_.end() && mine->second.running + mine->second.waiting >= limits_.per_key_max)
    throw Problem(429, "too_many_requests",
                  "You have several requests running already; wait for one to finish.", 2);
  if (may_run(key)) {
    ++running_;
    ++counts_[key].running;
    return Pass(this, key);
  }
  if (queue_.size() >= limits_.waiting_max && !make_place(key)) throw busy();
  Waiter self;
  self.key = key;
  queue_.push_back(&self);
  ++counts_[key].waiting;
  while (self.turn == Turn::waiting && !gone.is_cancelled() &&
         std::chrono::steady_clock::now() < deadline)
    self.changed.wait_for(lock, kLook);
  if (self.turn == Turn::admitted) return Pass(this, key);
  if (self.turn == Turn::waiting) end_waiting(self, Turn::gave_way);
  gone.check();
  throw busy();
}

std::size_t Gate::running() const {
  const std::scoped_lock lock(mutex_);
  return running_;
}

std::size_t Gate::waiting() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

void Gate::leave(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  --running_;
  --counts_.at(key).running;
  forget_if_done(key);
  admit_next();
}

bool Gate::may_run(const std::string& key) const {
  if (running_ >= limits_.running_max) return false;
  const auto mine = counts_.find(key);
  return mine == counts_.end() || mine->second.running < limits_.running_per_key_max;
}

// Whether the newest waiter of the key that waits most, more than once, has given way to `key`,
// which does not wait at all.
bool Gate::make_place(const std::string& key) {
  const auto mine = counts_.find(key);
  if (mine != counts_.end() && mine->second.waiting > 0) return false;
  const auto most = std::max_element(
      counts_.begin(), counts_.end(),
      [](const auto& a, const auto& b) { return a.second.waiting < b.second.waiting; });
  if (most == counts_.end() || most->second.waiting < 2) return false;
  const auto newest = std::find_if(queue_.rbegin(), queue_.rend(),
                                   [&](const Waiter* w) { return w->key == most->first; });
  end_waiting(**newest, Turn::gave_way);
  return true;
}

void Gate::admit_next() {
  const auto next = std::min_element(queue_.begin(), queue_.end(), [&](auto* a, auto* b) {
    return counts_.at(a->key).running < counts_.at(b->key).running;
  });
  if (next == queue_.end() || !may_run((*next)->key)) return;
  Waiter& waiter = **next;
  ++running_;
  ++counts_.at(waiter.key).running;
  end_waiting(waiter, Turn::admitted);
}

void Gate::end_waiting(Waiter& waiter, Turn turn) {
  queue_.remove(&waiter);
  waiter.turn = turn;
  --counts_.at(waiter.key).waiting;
  forget_if_done(waiter.key);
  waiter.changed.notify_one();
}

void Gate::forget_if_done(const std::string& key) {
  const auto found = counts_.find(key);
  if (found->second.running + found->second.waiting == 0) counts_.erase(found);
}

}  // namespace carrel::server
