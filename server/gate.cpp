#include "server/gate.h"

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
  if (gate_ != nullptr) gate_->leave(user_);
}

Gate::Pass Gate::enter(const std::string& user, const CancelToken& gone) {
  const auto deadline = std::chrono::steady_clock::now() + limits_.wait_max;
  std::unique_lock lock(mutex_);
  const auto mine = per_user_.find(user);
  if (mine != per_user_.end() && mine->second >= limits_.per_user_max)
    throw Problem(429, "too_many_requests",
                  "You have several requests running already; wait for one to finish.", 2);
  if (running_ >= limits_.running_max) {
    if (waiting_ >= limits_.waiting_max) throw busy();
    ++waiting_;
    ++per_user_[user];
    while (running_ >= limits_.running_max && !gone.is_cancelled() &&
           std::chrono::steady_clock::now() < deadline)
      left_.wait_for(lock, kLook);
    --waiting_;
    forget(user);
    gone.check();
    if (running_ >= limits_.running_max) throw busy();
  }
  ++running_;
  ++per_user_[user];
  return Pass(this, user);
}

std::size_t Gate::running() const {
  const std::scoped_lock lock(mutex_);
  return running_;
}

void Gate::leave(const std::string& user) {
  const std::scoped_lock lock(mutex_);
  --running_;
  forget(user);
  left_.notify_one();
}

void Gate::forget(const std::string& user) {
  const auto found = per_user_.find(user);
  if (--found->second == 0) per_user_.erase(found);
}

}  // namespace carrel::server
