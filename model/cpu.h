// model/cpu.h
//
// What this processor can do, as far as our kernels and OpenBLAS' care. A feature counts only if
// the operating system saves its registers too. Any thread.
#pragma once

#include <string>

namespace carrel::model {

struct CpuFeatures {
  bool avx2 = false;    // with FMA and F16C, as every AVX2 processor in use has them
  bool avx512 = false;  // F, BW, CD, DQ and VL: what is called AVX-512 since Skylake-X
  bool avx512_vnni = false;
};

// Read once, at the first call.
const CpuFeatures& cpu_features();

// "AMD EPYC 9R14" as the processor names itself; empty where it does not.
std::string cpu_name();

// For people: "avx512 vnni", "avx2", "baseline".
std::string describe(const CpuFeatures& features);

}  // namespace carrel::model
