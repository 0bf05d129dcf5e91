// The questions are put with the compiler's builtins, which read CPUID and XCR0.
#include "model/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <array>
#include <cstdint>
#include <cstring>

namespace carrel::model {
namespace {

CpuFeatures read_features() {
  CpuFeatures features;
#if defined(__x86_64__)
  __builtin_cpu_init();
  features.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("f16c");
  features.avx512 = features.avx2 && __builtin_cpu_supports("avx512f") &&
                    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  features.avx512_vnni = features.avx512 && __builtin_cpu_supports("avx512vnni");
#endif
  return features;
}

}  // namespace

const CpuFeatures& cpu_features() {
  static const CpuFeatures features = read_features();
  return features;
}

std::string cpu_name() {
#if defined(__x86_64__)
  constexpr unsigned kBrandFirst = 0x80000002;
  constexpr unsigned kBrandLast = 0x80000004;
  if (__get_cpuid_max(0x80000000, nullptr) < kBrandLast) return {};
  std::array<char, 49> brand{};
  for (unsigned leaf = kBrandFirst; leaf <= kBrandLast; ++leaf) {
    std::array<unsigned, 4> part{};
    __get_cpuid(leaf, &part[0], &part[1], &part[2], &part[3]);
    std::memcpy(brand.data() + (leaf - kBrandFirst) * sizeof part, part.data(), sizeof part);
  }
  const std::string name = brand.data();
  const std::size_t first = name.find_first_not_of(' ');
  return first == std::string::npos ? std::string{}
                                    : name.substr(first, name.find_last_not_of(' ') - first + 1);
#else
  return {};
#endif
}

std::string describe(const CpuFeatures& features) {
  if (features.avx512) return features.avx512_vnni ? "avx512 vnni" : "avx512";
  return features.avx2 ? "avx2" : "baseline";
}

}  // namespace carrel::model
