// index/visible_bm25.h
//
// The term-frequency part of BM25 as a Xapian weighting scheme. Only for keyword_index.cpp, because
// it brings Xapian's headers along.
#pragma once

#include <cmath>
#include <string>

#include <xapian.h>

namespace carrel::index {

// tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average)), times the term's scale factor.
class VisibleBm25 final : public Xapian::Weight {
 public:
  static constexpr double kK1 = 1.2;
  static constexpr double kB = 0.75;

  explicit VisibleBm25(double average_length) : average_(average_length > 0 ? average_length : 1) {
    need_stat(WDF);
    need_stat(WDF_MAX);
    need_stat(DOC_LENGTH);
    need_stat(DOC_LENGTH_MIN);
  }

  // A multiple of 2^-32: sums of these are exact below 2^20, whatever their order.
  static double rounded(double weight) { return std::nearbyint(weight * 0x1p32) * 0x1p-32; }

  std::string name() const override { return "carrel::VisibleBm25"; }

  double get_sumpart(Xapian::termcount wdf, Xapian::termcount length,
                     Xapian::termcount) const override {
    return rounded(part(wdf, length));
  }
  double get_maxpart() const override {
    return rounded(part(get_wdf_upper_bound(), get_doclength_lower_bound())) + 0x1p-31;
  }
  double get_sumextra(Xapian::termcount, Xapian::termcount) const override { return 0; }
  double get_maxextra() const override { return 0; }

 private:
  VisibleBm25* clone() const override { return new VisibleBm25(average_); }
  void init(double factor) override { factor_ = factor; }

  double part(Xapian::termcount wdf, Xapian::termcount length) const {
    const auto tf = static_cast<double>(wdf);
    const double norm = kK1 * (1 - kB + kB * static_cast<double>(length) / average_);
    return tf > 0 ? factor_ * tf * (kK1 + 1) / (tf + norm) : 0;
  }

  double average_;
  double factor_ = 0;
};

}  // namespace carrel::index
