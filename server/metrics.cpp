#include "server/metrics.h"

#include <algorithm>

namespace carrel::server {

namespace {

constexpr std::size_t kBurstDenials = 20;
constexpr std::chrono::minutes kBurstWindow{1};
constexpr std::size_t kPeopleMax = 10'000;

std::string label(std::string_view name, std::string_view value) {
  return std::string(name) + "=\"" + std::string(value) + "\"";
}

}  // namespace

Metrics::Metrics() : routes_(std::make_unique<OfRoute[]>(routes().size() + 1)) {}

void Metrics::count_request(const Route* route, int status, double seconds) {
  const std::size_t row =
      route == nullptr ? routes().size() : static_cast<std::size_t>(route - routes().data());
  routes_[row].by_class[static_cast<std::size_t>(std::clamp(status / 100, 0, 5))].add();
  routes_[row].seconds.observe(seconds);
  if (status == 429) too_many_.add();
  if (status == 503) busy_.add();
}

bool Metrics::count_denial(const std::string& user, Time now) {
  denials.add();
  const std::scoped_lock lock(mutex_);
  if (denied_.size() >= kPeopleMax) denied_.clear();
  Denials& mine = denied_[user];
  if (now - mine.since > kBurstWindow) mine = {now, 0};
  if (++mine.count != kBurstDenials) return false;
  deny_bursts.add();
  return true;
}

std::string Metrics::text(const Gauges& gauges) const {
  MetricsText out;
  const auto one = [&](std::string_view name, std::string_view type, std::string_view help,
                       double value) {
    out.announce(name, type, help);
    out.sample(name, "", value);
  };
  const auto row_label = [](std::size_t row) {
    if (row == routes().size()) return label("route", "none");
    return label("route", routes()[row].pattern) + "," + label("method", routes()[row].method);
  };
  out.announce("carrel_http_requests_total", "counter", "Requests answered, by class of status.");
  for (std::size_t row = 0; row <= routes().size(); ++row)
    for (std::size_t c = 1; c < routes_[row].by_class.size(); ++c)
      if (const auto n = routes_[row].by_class[c].value())
        out.sample("carrel_http_requests_total",
                   row_label(row) + "," + label("status", std::to_string(c) + "xx"),
                   static_cast<double>(n));
  out.announce("carrel_http_request_seconds", "histogram", "From a whole request to its answer.");
  for (std::size_t row = 0; row <= routes().size(); ++row) {
    std::uint64_t total = 0;
    for (const Counter& c : routes_[row].by_class) total += c.value();
    if (total > 0) out.samples("carrel_http_request_seconds", row_label(row), routes_[row].seconds);
  }
  out.announce("carrel_http_refused_total", "counter", "Told to come back later.");
  out.sample("carrel_http_refused_total", label("status", "429"),
             static_cast<double>(too_many_.value()));
  out.sample("carrel_http_refused_total", label("status", "503"),
             static_cast<double>(busy_.value()));
  out.announce("carrel_sign_ins_total", "counter", "Attempts to sign in.");
  for (const auto& [outcome, counter] :
       {std::pair{"done", &sign_ins_done}, std::pair{"wrong", &sign_ins_wrong},
        std::pair{"slowed", &sign_ins_slowed}, std::pair{"busy", &sign_ins_busy}})
    out.sample("carrel_sign_ins_total", label("outcome", outcome),
               static_cast<double>(counter->value()));
  one("carrel_denials_total", "counter", "Signed-in people told 'not allowed' or 'not there'.",
      static_cast<double>(denials.value()));
  one("carrel_deny_bursts_total", "counter", "People told so 20 times within a minute.",
      static_cast<double>(deny_bursts.value()));
  one("carrel_http_connections", "gauge", "Connections that are open.",
      static_cast<double>(gauges.connections));
  one("carrel_compute_running", "gauge", "Searches, answers and page images at work.",
      static_cast<double>(gauges.compute_running));
  one("carrel_compute_waiting", "gauge", "The same, waiting for their turn.",
      static_cast<double>(gauges.compute_waiting));
  one("carrel_sign_ins_running", "gauge", "Passwords being checked.",
      static_cast<double>(gauges.sign_ins_running));
  one("carrel_sign_ins_waiting", "gauge", "Sign-ins waiting for their turn.",
      static_cast<double>(gauges.sign_ins_waiting));
  return out.text();
}

}  // namespace carrel::server
