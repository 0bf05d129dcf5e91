// tests/embed/power_iteration.h
//
// The judge of decompositions: eigenpairs of a symmetric matrix by power iteration, each found
// beside those before it. Slow and obvious, in double precision.
#pragma once

#include <cmath>
#include <vector>

namespace carrel::embed {

using Dense = std::vector<std::vector<double>>;  // rows

struct EigenPair {
  double value;
  std::vector<double> vector;  // unit length
};

inline double dense_dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline std::vector<double> times(const Dense& matrix, const std::vector<double>& vector) {
  std::vector<double> out;
  for (const auto& row : matrix) out.push_back(dense_dot(row, vector));
  return out;
}

// The `count` largest of a matrix without negative eigenvalues.
inline std::vector<EigenPair> eigenpairs(const Dense& matrix, std::size_t count) {
  constexpr int kIterations = 3000;
  std::vector<EigenPair> found;
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<double> v;
    for (std::size_t i = 0; i < matrix.size(); ++i)
      v.push_back(std::sin(static_cast<double>(i * (k + 1)) + 1));
    for (int i = 0; i < kIterations; ++i) {
      v = times(matrix, v);
      for (const EigenPair& other : found) {
        const double part = dense_dot(v, other.vector);
        for (std::size_t c = 0; c < v.size(); ++c) v[c] -= part * other.vector[c];
      }
      const double length = std::sqrt(dense_dot(v, v));
      for (double& x : v) x /= length;
    }
    const double value = dense_dot(v, times(matrix, v));
    found.push_back({value, std::move(v)});
  }
  return found;
}

// a' a
inline Dense gram_of_columns(const Dense& a) {
  const std::size_t n = a.front().size();
  Dense out(n, std::vector<double>(n, 0.0));
  for (const auto& row : a)
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) out[i][j] += row[i] * row[j];
  return out;
}

}  // namespace carrel::embed
