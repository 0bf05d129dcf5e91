#include "core/metrics.h"

#include <algorithm>
#include <cstdio>

namespace carrel {

namespace {

std::string number(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.15g", value);
  return text.data();
}

}  // namespace

void Histogram::observe(double seconds) noexcept {
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(static_cast<std::uint64_t>(std::max(0.0, seconds) * 1e6),
                    std::memory_order_relaxed);
}

void MetricsText::announce(std::string_view name, std::string_view type, std::string_view help) {
  text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void MetricsText::sample(std::string_view name, std::string_view labels, double value) {
  text_.append(name);
  if (!labels.empty()) text_.append("{").append(labels).append("}");
  text_.append(" ").append(number(value)).append("\n");
}

void MetricsText::samples(std::string_view name, std::string_view labels,
                          const Histogram& histogram) {
  const std::string base(name);
  const std::string prefix = labels.empty() ? "" : std::string(labels) + ",";
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= Histogram::kBounds.size(); ++i) {
    total += histogram.counts_[i].load(std::memory_order_relaxed);
    const std::string bound =
        i < Histogram::kBounds.size() ? number(Histogram::kBounds[i]) : "+Inf";
    sample(base + "_bucket", prefix + "le=\"" + bound + "\"", static_cast<double>(total));
  }
  sample(base + "_sum", labels,
         static_cast<double>(histogram.sum_us_.load(std::memory_order_relaxed)) / 1e6);
  sample(base + "_count", labels, static_cast<double>(total));
}

}  // namespace carrel
