#include "cli/eval_answers.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/eval_dataset.h"
#include "cli/eval_parallel.h"
#include "core/error.h"
#include "core/text.h"
#include "core/utf8.h"
#include "retrieve/retriever.h"

namespace carrel::cli {
namespace {

struct Judged {
  bool answerable = false, abstained = false, gold = false, gold_in_one = false;
  bool knows_document = false, cites_document = false;
  std::size_t cited = 0, supported = 0, words = 0;
  double confidence = 0, ms = 0;
};

// " the words of it " with single spaces around each, so that find() matches whole words.
std::string answer_words(std::string_view text) {
  std::string spaced;
  for (const char c : Analyzer::fold(text)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool keeps = byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    spaced += keeps ? c : ' ';
  }
  std::string out = " ";
  std::size_t at = 0;
  while (at < spaced.size()) {
    const std::size_t end = std::min(spaced.find(' ', at), spaced.size());
    const std::string word = spaced.substr(at, end - at);
    if (!word.empty() && word != "a" && word != "an" && word != "the") out += word + " ";
    at = end + 1;
  }
  return out;
}

std::string sentences_of(const generate::Answer& answer) {
  std::string out;
  for (const generate::AnswerSentence& sentence : answer.sentences) out += sentence.text + "\n";
  return out;
}

// Whether the words of a sentence stand in a row in the passage; those of a table row made readable
// are looked for value by value, without the column names in front of them.
bool bears(const std::string& passage, std::string_view sentence) {
  if (passage.find(answer_words(sentence)) != std::string::npos) return true;
  if (sentence.find("; ") == std::string_view::npos) return false;
  while (!sentence.empty()) {
    const std::size_t end = std::min(sentence.find("; "), sentence.size());
    std::string_view value = sentence.substr(0, end);
    if (const std::size_t colon = value.find(": "); colon != std::string_view::npos)
      value.remove_prefix(colon + 2);
    if (passage.find(answer_words(value)) == std::string::npos) return false;
    sentence.remove_prefix(std::min(end + 2, sentence.size()));
  }
  return true;
}

// Reads each cited chunk from the library again and looks for the sentence in it.
void judge_citations(const EvalLibrary& library, const access::Visibility& visible,
                     const generate::Answer& answer, Judged& out) {
  for (const generate::AnswerSentence& sentence : answer.sentences) {
    for (const int n : sentence.citations) {
      ++out.cited;
      const auto cited = std::find_if(answer.citations.begin(), answer.citations.end(),
                                      [&](const generate::Citation& c) { return c.n == n; });
      if (cited == answer.citations.end()) continue;
      const auto chunks = library.reader().chunks(visible, {&cited->chunk, 1});
      if (chunks.empty()) continue;
      if (bears(answer_words(chunks.front().text), sentence.text)) ++out.supported;
    }
  }
}

Judged judge(const EvalLibrary& library, const access::Visibility& visible,
             const EvalQuestion& question, const generate::Answer& answer,
             const generate::Answer& short_answer) {
  Judged out;
  out.answerable = question.answerable;
  out.abstained = answer.abstained;
  out.confidence = answer.confidence;
  if (answer.abstained) return out;
  const std::string text = sentences_of(answer);
  out.gold = contains_answer(text, question.answers);
  out.gold_in_one = contains_answer(sentences_of(short_answer), question.answers);
  const std::string words = answer_words(text);
  out.words = static_cast<std::size_t>(std::count(words.begin(), words.end(), ' ')) - 1;
  judge_citations(library, visible, answer, out);
  out.knows_document = !question.document.empty();
  out.cites_document =
      std::any_of(answer.citations.begin(), answer.citations.end(),
                  [&](const generate::Citation& c) { return c.uri == question.document; });
  return out;
}

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

AnswersEval summarize(const std::vector<Judged>& all) {
  AnswersEval out;
  out.questions = all.size();
  double answerable = 0, answered = 0, known = 0, cited = 0, supported = 0, words = 0;
  std::vector<std::pair<double, bool>> scored;
  std::vector<double> ms;
  for (const Judged& one : all) {
    scored.emplace_back(one.confidence, one.answerable);
    ms.push_back(one.ms);
    if (one.answerable) {
      ++answerable;
      out.contains_gold += one.gold;
      out.contains_gold_one_sentence += one.gold_in_one;
      out.abstained_answerable += one.abstained;
    } else {
      out.abstained_unanswerable += one.abstained;
    }
    answered += !one.abstained;
    words += static_cast<double>(one.words);
    cited += static_cast<double>(one.cited);
    supported += static_cast<double>(one.supported);
    if (one.answerable && one.knows_document) {
      ++known;
      out.cites_gold_document += one.cites_document;
    }
  }
  out.contains_gold = share(out.contains_gold, answerable);
  out.contains_gold_one_sentence = share(out.contains_gold_one_sentence, answerable);
  out.abstained_answerable = share(out.abstained_answerable, answerable);
  out.abstained_unanswerable =
      share(out.abstained_unanswerable, static_cast<double>(all.size()) - answerable);
  out.citation_precision = share(supported, cited);
  out.mean_words = share(words, answered);
  out.cites_gold_document = share(out.cites_gold_document, known);
  out.refusal_auroc = area_under_roc(std::move(scored));
  std::sort(ms.begin(), ms.end());
  out.p50_ms = ms[ms.size() / 2];
  out.p99_ms = ms[std::min(ms.size() - 1, ms.size() * 99 / 100)];
  return out;
}

}  // namespace

bool contains_answer(std::string_view text, const std::vector<std::string>& answers) {
  const std::string words = answer_words(text);
  return std::any_of(answers.begin(), answers.end(), [&](const std::string& answer) {
    const std::string wanted = answer_words(answer);
    return wanted.size() > 1 && words.find(wanted) != std::string::npos;
  });
}

double area_under_roc(std::vector<std::pair<double, bool>> scored) {
  std::sort(scored.begin(), scored.end());
  double positives = 0, negatives = 0, rank_sum = 0;
  for (std::size_t i = 0; i < scored.size();) {
    std::size_t end = i;
    while (end < scored.size() && scored[end].first == scored[i].first) ++end;
    const double rank = static_cast<double>(i + 1 + end) / 2;  // equal scores share their ranks
    for (; i < end; ++i) {
      (scored[i].second ? positives : negatives) += 1;
      if (scored[i].second) rank_sum += rank;
    }
  }
  if (positives == 0 || negatives == 0) return 0.5;
  return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives);
}

AnswersEval evaluate_answers(const std::filesystem::path& directory,
                             const generate::ExtractiveOptions& options, ProgressSink& progress,
                             const CancelToken& cancel) {
  const EvalDataset dataset = read_dataset(directory);
  if (dataset.questions.empty())
    throw Error(ErrorCode::invalid_argument, "queries.jsonl holds no question.");
  const EvalLibrary library(dataset.documents, progress, cancel);
  const retrieve::Retriever retriever(library.reader(), library.access());
  const auto engine = generate::make_extractive_engine(options);
  generate::ExtractiveOptions one = options;
  one.sentences_max = 1;
  const auto short_engine = generate::make_extractive_engine(one);
  const access::Visibility visible = library.visibility();
  std::vector<Judged> judged(dataset.questions.size());
  for_each_in_parallel(judged.size(), "answering", progress, cancel, [&](std::size_t i) {
    const EvalQuestion& question = dataset.questions[i];
    const Stopwatch watch;
    const auto found = retriever.retrieve(visible, question.text, {}, cancel);
    const auto answer = engine->answer(question.text, found, {}, cancel);
    const double ms = watch.milliseconds();
    judged[i] = judge(library, visible, question, answer,
                      short_engine->answer(question.text, found, {}, cancel));
    judged[i].ms = ms;
  });
  progress.finish();
  return summarize(judged);
}

std::string to_json(const AnswersEval& r) {
  const nlohmann::ordered_json out = {{"questions", r.questions},
                                      {"contains_gold", r.contains_gold},
                                      {"contains_gold_one_sentence", r.contains_gold_one_sentence},
                                      {"citation_precision", r.citation_precision},
                                      {"mean_words", r.mean_words},
                                      {"refusal_auroc", r.refusal_auroc},
                                      {"abstained_answerable", r.abstained_answerable},
                                      {"abstained_unanswerable", r.abstained_unanswerable},
                                      {"cites_gold_document", r.cites_gold_document},
                                      {"p50_ms", r.p50_ms},
                                      {"p99_ms", r.p99_ms}};
  return out.dump();
}

std::string to_text(const AnswersEval& r) {
  char out[1024];
  std::snprintf(out, sizeof out,
                "%zu questions\n"
                "answer holds the gold answer      %.3f\n"
                "  in its one best sentence        %.3f\n"
                "citations that bear their sentence %.3f\n"
                "cites the gold document           %.3f\n"
                "words in an answer                %.1f\n"
                "refusal, area under ROC           %.3f\n"
                "abstains: answerable / not        %.3f / %.3f\n"
                "search and answer, p50 / p99 ms   %.2f / %.2f\n",
                r.questions, r.contains_gold, r.contains_gold_one_sentence, r.citation_precision,
                r.cites_gold_document, r.mean_words, r.refusal_auroc, r.abstained_answerable,
                r.abstained_unanswerable, r.p50_ms, r.p99_ms);
  return out;
}

}  // namespace carrel::cli
