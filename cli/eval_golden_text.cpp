// What `carrel eval golden` prints.
#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/eval_golden.h"
#include "cli/eval_measures.h"
#include "cli/hit_text.h"

namespace carrel::cli {
namespace {

using nlohmann::ordered_json;

struct Share {
  std::size_t of = 0, hold = 0;
  void add(bool holds) {
    ++of;
    hold += holds;
  }
  double value() const { return of > 0 ? static_cast<double>(hold) / static_cast<double>(of) : 0; }
  Interval interval() const {
    std::vector<double> values(of, 0.0);
    std::fill_n(values.begin(), hold, 1.0);
    return bootstrap_mean(values);
  }
};

struct Figures {
  Share document_first, page_in_5, passage_in_5, holds_answer, refused_answerable, refused;
  std::size_t words = 0, answered = 0;
};

bool in_first_5(std::size_t rank) { return rank >= 1 && rank <= 5; }

Figures figures_of(const std::vector<GoldenResult>& results, const std::string& type) {
  Figures out;
  for (const GoldenResult& one : results) {
    if (!type.empty() && one.question.type != type) continue;
    if (!one.abstained) {
      ++out.answered;
      out.words += one.words;
    }
    if (!one.question.answerable) {
      out.refused.add(one.abstained);
      continue;
    }
    out.refused_answerable.add(one.abstained);
    if (!one.question.documents.empty()) {
      out.document_first.add(one.document_rank == 1);
      out.page_in_5.add(in_first_5(one.page_rank));
      out.passage_in_5.add(in_first_5(one.passage_rank));
    }
    if (!one.question.answers.empty()) out.holds_answer.add(one.holds_answer);
  }
  return out;
}

using Row = std::pair<const char*, const Share*>;

std::vector<Row> rows_of(const Figures& f) {
  return {{"right_document_first", &f.document_first},
          {"right_page_in_5", &f.page_in_5},
          {"passage_in_5", &f.passage_in_5},
          {"contains_expected", &f.holds_answer},
          {"refused_answerable", &f.refused_answerable},
          {"refused_unanswerable", &f.refused}};
}

// The questions with faults, worst first; where equal, as the file has them.
std::vector<const GoldenResult*> worst_of(const std::vector<GoldenResult>& results,
                                          std::size_t count) {
  std::vector<const GoldenResult*> out;
  for (const GoldenResult& one : results)
    if (one.faults() > 0) out.push_back(&one);
  std::stable_sort(out.begin(), out.end(), [](const GoldenResult* a, const GoldenResult* b) {
    return a->faults() > b->faults();
  });
  out.resize(std::min(out.size(), count));
  return out;
}

std::vector<std::string> types_of(const std::vector<GoldenResult>& results) {
  std::vector<std::string> out;
  for (const GoldenResult& one : results)
    if (!one.question.type.empty()) out.push_back(one.question.type);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

ordered_json figures_json(const Figures& f) {
  ordered_json out;
  for (const auto& [name, share] : rows_of(f))
    if (share->of > 0) {
      out[name] = share->value();
      const Interval i = share->interval();
      out["intervals"][name] = ordered_json::array({i.low, i.high});
    }
  out["mean_words"] =
      f.answered > 0 ? static_cast<double>(f.words) / static_cast<double>(f.answered) : 0.0;
  return out;
}

}  // namespace

std::string golden_json(const std::vector<GoldenResult>& results, std::size_t worst) {
  const Figures all = figures_of(results, {});
  ordered_json out = {{"questions", results.size()},
                      {"answerable", all.refused_answerable.of},
                      {"unanswerable", all.refused.of}};
  out.update(figures_json(all));
  for (const std::string& type : types_of(results)) {
    const Figures f = figures_of(results, type);
    out["types"][type] = {{"questions", f.refused_answerable.of + f.refused.of}};
    out["types"][type].update(figures_json(f));
    out["types"][type].erase("intervals");
  }
  out["worst"] = ordered_json::array();
  for (const GoldenResult* one : worst_of(results, worst))
    out["worst"].push_back({{"_id", one->question.id},
                            {"text", one->question.text},
                            {"verdict", one->verdict()},
                            {"answer", one->answer},
                            {"first_found", one->first_found}});
  out["bootstrap"] = {{"samples", kBootstrapSamples}, {"seed", kBootstrapSeed}};
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string golden_text(const std::vector<GoldenResult>& results, std::size_t worst) {
  const Figures all = figures_of(results, {});
  std::string out;
  char line[160];
  for (const auto& [name, share] : rows_of(all)) {
    if (share->of == 0) continue;
    std::string words = name;
    std::replace(words.begin(), words.end(), '_', ' ');
    const Interval i = share->interval();
    std::snprintf(line, sizeof line, "%-22s %4zu of %4zu  %.3f  [%.3f, %.3f]\n", words.c_str(),
                  share->hold, share->of, share->value(), i.low, i.high);
    out += line;
  }
  for (const GoldenResult* one : worst_of(results, worst)) {
    out += "\n" + one->question.id + "  " + one->question.text + "\n    " + one->verdict() +
           "; first found: " + one->first_found + "\n";
    if (!one->abstained) out += "    said: " + plain_line(one->answer) + "\n";
  }
  return out;
}

}  // namespace carrel::cli
