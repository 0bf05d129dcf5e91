#include "bench/answer_weights.h"

#include <cstdio>
#include <fstream>
#include <span>

#include "core/error.h"

namespace carrel::bench {
namespace {

// printf's arguments as text; `pattern` is a literal of ours.
template <typename... Numbers>
std::string shown(const char* pattern, Numbers... numbers) {
  std::string out(static_cast<std::size_t>(std::snprintf(nullptr, 0, pattern, numbers...)), '\0');
  std::snprintf(out.data(), out.size() + 1, pattern, numbers...);
  return out;
}

std::string numbers(std::span<const double> all) {
  std::string out;
  for (std::size_t i = 0; i < all.size(); ++i)
    out += (i == 0 ? "\n    " : i % 10 == 0 ? ",\n    " : ", ") + shown("%.4f", all[i]);
  return out;
}

std::string logistic(const generate::LogisticWeights& model) {
  return "{{" + numbers(model.feature) + "}, " + shown("%.4f", model.bias) + "}";
}

std::string head(const Provenance& from) {
  return "// generate/unit_weights.h\n//\n"
         "// The weights of the models in unit_features.h and confidence.h; numbers of features "
         "are "
         "those\n// there. Written by `bench/answer_fit COLLECTION HEADER`; not edited by hand.\n"
         "//\n" +
         shown(
             "// Fitted on %zu cases that bench/answer_cases.h makes from the questions of SQuAD "
             "2.0's\n// development set (Rajpurkar, Jia and Liang 2018, arXiv:1806.03822; 20 "
             "articles), checked in\n// %zu folds of articles. On articles left out:\n",
             from.cases, from.folds) +
         shown("//   the best unit holds a gold answer for %.1f %% of the answerable questions;\n",
               100 * from.gold_in_best) +
         shown(
             "//   AUROC against questions of absent articles %.3f, adversarial ones %.3f (a "
             "threshold on\n//   the best passage's coverage: %.3f and %.3f);\n",
             from.area_absent, from.area_adversarial, from.plain_absent, from.plain_adversarial) +
         shown(
             "//   a confidence of one half refuses %.1f %% of the answerable questions, %.1f %% "
             "of those of\n//   absent articles and %.1f %% of the adversarial ones.\n",
             from.refused_answerable, from.refused_absent, from.refused_adversarial);
}

}  // namespace

void write_weights(const std::string& file, const Provenance& provenance, const Features& ranker,
                   const generate::ConfidenceWeights& confidence) {
  std::ofstream out(file);
  out << head(provenance)
      << "#pragma once\n\n#include \"generate/confidence.h\"\n\nnamespace carrel::generate {\n\n"
         "// clang-format off\ninline constexpr UnitFeatures kUnitWeights = {"
      << numbers(ranker) << "};\ninline constexpr ConfidenceWeights kConfidenceWeights = {\n    "
      << logistic(confidence.topic) << ",\n    " << logistic(confidence.detail) << ",\n    "
      << shown("%.4f", confidence.even_log)
      << "};\n// clang-format on\n\n}  // namespace carrel::generate\n";
  out.flush();
  if (!out) throw Error(ErrorCode::unavailable, "The header could not be written.");
}

}  // namespace carrel::bench
