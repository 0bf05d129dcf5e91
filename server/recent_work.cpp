#include "server/recent_work.h"

#include <cmath>

namespace carrel::server {

namespace {
constexpr double kForgottenSeconds = 0.001;
}

void RecentWork::add(const std::string& person, std::chrono::duration<double> took, Time now) {
  std::erase_if(shares_, [&](const auto& one) {
    return one.first != person && seconds_left(one.second, now) < kForgottenSeconds;
  });
  Share& share = shares_[person];
  share = {seconds_left(share, now) + took.count(), now};
}

double RecentWork::seconds_of(std::string_view person, Time now) const {
  const auto found = shares_.find(person);
  return found == shares_.end() ? 0 : seconds_left(found->second, now);
}

double RecentWork::seconds_left(const Share& share, Time now) {
  return share.seconds * std::exp2(-std::chrono::duration<double>(now - share.counted) /
                                   std::chrono::duration<double>(kHalfLife));
}

}  // namespace carrel::server
