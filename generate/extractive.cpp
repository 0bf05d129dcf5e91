// The extractive engine: reads the question, cuts the passages into units, takes those that answer,
// checks each against its passage and cites it. Nothing is written that a passage does not say.
#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_set>

#include "core/error.h"
#include "core/utf8.h"
#include "generate/choose.h"
#include "generate/considered.h"
#include "generate/grounding.h"
#include "generate/unit_weights.h"
#include "retrieve/query.h"

namespace carrel::generate {
namespace {

class ExtractiveEngine final : public Engine {
 public:
  explicit ExtractiveEngine(const ExtractiveOptions& options) : options_(options) {
    if (options.sentences_max < 1 || options.sentences_max > 10)
      throw Error(ErrorCode::invalid_argument, "An answer has between 1 and 10 sentences.");
    if (options.confidence_min < 0 || options.confidence_min > 1)
      throw Error(ErrorCode::invalid_argument, "The least confidence is between 0 and 1.");
  }

  std::string name() const override { return "extractive"; }

  Answer answer(std::string_view question, const retrieve::Retrieval& retrieval,
                const std::function<void(const AnswerSentence&)>& on_sentence,
                const CancelToken& cancel) const override {
    Answer out;
    out.engine = name();
    const std::string plain =
        retrieve::parse_query(question, analyzer_, retrieve::QueryLimits{}).plain;
    const Considered seen = consider(plain, retrieval, kUnitWeights, analyzer_);
    cancel.check();
    const std::size_t read = std::min(kPassagesRead, retrieval.passages.size());
    for (std::size_t i = 0; i < read; ++i)
      out.usage.prompt_tokens += estimate_tokens(retrieval.passages[i].text);
    out.usage.prompt_tokens += estimate_tokens(question);
    if (seen.best != kNoUnit) compose(seen, retrieval, out);
    out.abstained = out.sentences.empty() || out.confidence < options_.confidence_min;
    if (out.abstained) {
      out.sentences.clear();
      out.citations.clear();
      return out;
    }
    for (const AnswerSentence& sentence : out.sentences) {
      cancel.check();
      out.usage.completion_tokens += estimate_tokens(sentence.text);
      if (on_sentence) on_sentence(sentence);
    }
    return out;
  }

 private:
  void compose(const Considered& seen, const retrieve::Retrieval& retrieval, Answer& out) const {
    out.confidence = confidence(seen.evidence, kConfidenceWeights);
    std::map<int, Citation> cited;
    for (const std::size_t chosen : choose_units(seen, options_)) {
      const Unit& unit = seen.units[chosen];
      const retrieve::Passage& passage = retrieval.passages[unit.passage];
      std::string text = told(seen.form, unit, analyzer_);
      if (!is_grounded(text, passage.text)) continue;
      const int n = static_cast<int>(unit.passage) + 1;
      out.sentences.push_back({std::move(text), {n}});
      cite(passage, unit, n, cited);
    }
    for (auto& [n, citation] : cited) out.citations.push_back(std::move(citation));
  }

  static std::int32_t page_of(const retrieve::Passage& passage, std::size_t at) {
    const std::size_t place = passage.place_of(at);
    for (const index::TextLine& line : passage.lines)
      if (place < line.span.end) return line.page;
    return passage.page;
  }

  // One citation a passage; its quote reaches from the first sentence taken to the last.
  static void cite(const retrieve::Passage& passage, const Unit& unit, int n,
                   std::map<int, Citation>& cited) {
    const auto [entry, is_new] = cited.try_emplace(n);
    Citation& citation = entry->second;
    ByteRange local = unit.span;
    if (is_new) {
      citation.n = n;
      citation.chunk = passage.chunk;
      citation.document = passage.document;
      citation.title = passage.title;
      citation.uri = passage.uri;
      citation.page = page_of(passage, unit.span.begin);
    } else {
      const std::size_t quoted = passage.text.find(citation.quote);
      local.begin = std::min(local.begin, quoted);
      local.end = std::max(local.end, quoted + citation.quote.size());
    }
    citation.span = {passage.place_of(local.begin), passage.place_of(local.end)};
    citation.quote = passage.text.substr(local.begin, local.size());
  }

  ExtractiveOptions options_;
  Analyzer analyzer_;
};

}  // namespace

std::unique_ptr<Engine> make_extractive_engine(const ExtractiveOptions& options) {
  return std::make_unique<ExtractiveEngine>(options);
}

}  // namespace carrel::generate
