// The extractive engine: reads the question, cuts the passages into units, takes those that answer,
// checks each against its passage and cites it. Nothing is written that a passage does not say.
#include "generate/extractive.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_set>

#include "core/error.h"
#include "core/utf8.h"
#include "generate/evidence.h"
#include "generate/grounding.h"
#include "generate/unit_scores.h"
#include "retrieve/query.h"

namespace carrel::generate {
namespace {

constexpr std::size_t kPassagesRead = 10;  // the best ones; more bring noise, not answers
constexpr std::size_t kFactWords = 40;     // a fact with what it leans on stays within these
constexpr double kRivalScoreGap = 0.35;    // a rival this much worse, or less, is shown too

constexpr double kUnmetFiguresKeep =
    0.4;                              // of the confidence, when no figure of the question is met
constexpr double kEchoPenalty = 100;  // never before a unit that says something

// Whether a unit holds a word that the question did not: an echo of the question answers nothing.
bool tells_something(const QuestionForm& form, const Unit& unit) {
  return std::any_of(unit.words.begin(), unit.words.end(), [&](const Word& word) {
    return !word.is_stop_word && !form.place.contains(word.term);
  });
}

std::size_t count_words(const Unit& unit) { return unit.words.size(); }

bool same_statement(const Unit& a, const Unit& b) {
  return Analyzer::fold(a.text) == Analyzer::fold(b.text);
}

// Adds units while they fit; keeps them distinct.
class Selection {
 public:
  Selection(std::span<const Unit> units, std::size_t sentences_max)
      : units_(units), sentences_max_(sentences_max) {}

  bool add(std::size_t unit, std::size_t words_max) {
    if (chosen_.size() >= sentences_max_) return false;
    if (!chosen_.empty() && words_ + count_words(units_[unit]) > words_max) return false;
    for (const std::size_t other : chosen_)
      if (other == unit || same_statement(units_[other], units_[unit])) return false;
    chosen_.push_back(unit);
    words_ += count_words(units_[unit]);
    return true;
  }

  std::vector<std::size_t> in_reading_order() && {
    std::sort(chosen_.begin(), chosen_.end());  // units are cut in reading order
    return std::move(chosen_);
  }

 private:
  std::span<const Unit> units_;
  std::size_t sentences_max_;
  std::vector<std::size_t> chosen_;
  std::size_t words_ = 0;
};

}  // namespace

std::vector<std::size_t> choose_units(const QuestionForm& form, std::span<const Unit> units,
                                      std::span<const double> scores, std::size_t best,
                                      const ExtractiveOptions& options) {
  Selection selection(units, options.sentences_max);
  selection.add(best, options.words_max);
  const std::size_t fact_words = std::min(kFactWords, options.words_max);
  if (units[best].leans_on_before && units[best].before != kNoUnit)
    selection.add(units[best].before, fact_words);
  // "They must be taken by 31 March": said of the best sentence, and often the answer itself.
  if (const std::size_t next = units[best].after; next != kNoUnit && units[next].leans_on_before)
    selection.add(next, fact_words);
  const bool introduces = units[best].text.ends_with(':');
  if (form.wants_several || introduces) {
    for (std::size_t next = units[best].after; next != kNoUnit; next = units[next].after) {
      const bool continues =
          units[next].kind == UnitKind::list_item || (form.wants_several && !introduces);
      if (!continues || !selection.add(next, options.words_max)) break;
    }
  }
  std::vector<std::size_t> rivals;
  for (std::size_t i = 0; i < units.size(); ++i)
    if (i != best && scores[i] >= scores[best] - kRivalScoreGap) rivals.push_back(i);
  std::stable_sort(rivals.begin(), rivals.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  for (const std::size_t rival : rivals) selection.add(rival, fact_words);
  return std::move(selection).in_reading_order();
}

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
    const auto passages =
        std::span(retrieval.passages).first(std::min(kPassagesRead, retrieval.passages.size()));
    const std::string plain =
        retrieve::parse_query(question, analyzer_, retrieve::QueryLimits{}).plain;
    const QuestionForm form = read_question(plain, retrieval.terms, analyzer_);
    const std::vector<Unit> units = cut_units(passages, analyzer_, UnitLimits{});
    cancel.check();
    const std::vector<UnitFeatures> features = unit_features(form, units, passages, analyzer_);
    cancel.check();
    for (const retrieve::Passage& passage : passages)
      out.usage.prompt_tokens += estimate_tokens(passage.text);
    out.usage.prompt_tokens += estimate_tokens(question);
    if (!units.empty() && form.mass > 0) compose(plain, form, units, features, retrieval, out);
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
  void compose(std::string_view plain, const QuestionForm& form, const std::vector<Unit>& units,
               const std::vector<UnitFeatures>& features, const retrieve::Retrieval& retrieval,
               Answer& out) const {
    std::vector<double> scores;
    scores.reserve(units.size());
    for (std::size_t i = 0; i < units.size(); ++i)
      scores.push_back(unit_score(features[i]) -
                       (tells_something(form, units[i]) ? 0 : kEchoPenalty));
    const auto best =
        static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
    out.confidence = confidence(confidence_features(
        form, units, features, scores, best, retrieval.passages, retrieval.terms, analyzer_));
    const double met =
        share_of_figures_met(plain, retrieval.passages[units[best].passage], analyzer_);
    out.confidence *= kUnmetFiguresKeep + (1 - kUnmetFiguresKeep) * met;
    std::map<int, Citation> cited;
    for (const std::size_t chosen : choose_units(form, units, scores, best, options_)) {
      const Unit& unit = units[chosen];
      const retrieve::Passage& passage = retrieval.passages[unit.passage];
      if (!is_grounded(unit.text, passage.text)) continue;
      const int n = static_cast<int>(unit.passage) + 1;
      out.sentences.push_back({unit.text, {n}});
      cite(passage, unit, n, cited);
    }
    for (auto& [n, citation] : cited) out.citations.push_back(std::move(citation));
  }

  // Where a position in a passage's text stands in the document. A cut table repeats its header in
  // front of the text, so the ends are aligned, not the beginnings.
  static std::size_t in_document(const retrieve::Passage& passage, std::size_t at) {
    const std::size_t repeated =
        passage.text.size() > passage.span.size() ? passage.text.size() - passage.span.size() : 0;
    return passage.span.begin + (at > repeated ? at - repeated : 0);
  }

  static std::int32_t page_of(const retrieve::Passage& passage, std::size_t at) {
    const std::size_t place = in_document(passage, at);
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
    citation.span = {in_document(passage, local.begin), in_document(passage, local.end)};
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
