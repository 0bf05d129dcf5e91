#include "cli/eval_answers.h"

#include <algorithm>
#include <set>

#include "cli/eval_judge.h"
#include "cli/eval_library.h"
#include "cli/eval_parallel.h"
#include "core/error.h"
#include "core/random.h"
#include "retrieve/retriever.h"
#include "server/options.h"

namespace carrel::cli {
namespace {

// The documents that a question is about, as far as the collection tells.
std::set<std::string> documents_of(const EvalDataset& dataset, const EvalQuestion& question) {
  std::set<std::string> out;
  if (!question.document.empty()) out.insert(question.document);
  if (const auto judged = dataset.judged.find(question.id); judged != dataset.judged.end())
    for (const auto& [document, gain] : judged->second) out.insert(document);
  return out;
}

// The score of the best keyword hit: what a plain threshold would look at.
double best_keyword_score(const EvalLibrary& library, const access::Visibility& visible,
                          const retrieve::Retrieval& found, const CancelToken& cancel) {
  index::KeywordQuery query;
  for (const index::VisibleTerm& term : found.terms) query.terms.push_back({.term = term.term});
  if (query.terms.empty()) return 0;
  const auto best =
      library.reader().keyword_search({visible}, query, {.candidates_max = 1}, cancel);
  return best.candidates.empty() ? 0 : best.candidates.front().score;
}

JudgedAnswer judge(const EvalLibrary& library, const access::Visibility& visible,
                   const EvalQuestion& question, const retrieve::Retrieval& found,
                   const generate::Answer& answer, const generate::Answer& short_answer) {
  JudgedAnswer out;
  out.answerable = question.answerable;
  out.abstained = answer.abstained;
  out.confidence = answer.confidence;
  for (const retrieve::Passage& passage : found.passages)
    out.coverage = std::max(out.coverage, passage.coverage);
  if (answer.abstained) return out;
  const std::string text = sentences_of(answer);
  out.gold = contains_answer(text, question.answers);
  out.gold_in_one = contains_answer(sentences_of(short_answer), question.answers);
  out.words = count_words(text);
  const CitationScore citations = judge_citations(library.reader(), visible, answer);
  out.cited = citations.cited;
  out.supported = citations.supported;
  out.knows_document = !question.document.empty();
  out.cites_document =
      std::any_of(answer.citations.begin(), answer.citations.end(),
                  [&](const generate::Citation& c) { return c.uri == question.document; });
  return out;
}

}  // namespace

std::size_t leave_articles_out(EvalDataset& dataset, double share) {
  std::map<std::string, std::string> article;  // document -> article
  std::vector<std::string> articles;
  for (const EvalDocument& document : dataset.documents) {
    const std::string& name = document.title.empty() ? document.id : document.title;
    article[document.id] = name;
    articles.push_back(name);
  }
  std::sort(articles.begin(), articles.end());
  articles.erase(std::unique(articles.begin(), articles.end()), articles.end());
  Rng rng(kBootstrapSeed);
  for (std::size_t i = articles.size(); i > 1; --i)
    std::swap(articles[i - 1], articles[rng.below(i)]);

  std::map<std::string, std::vector<EvalQuestion*>> about;  // article -> questions
  std::erase_if(dataset.questions, [&](const EvalQuestion& question) {
    return !question.answerable || documents_of(dataset, question).empty();
  });
  if (dataset.questions.empty())
    throw Error(ErrorCode::invalid_argument,
                "--absent needs questions that tell their document: 'paragraph' or 'document' in "
                "queries.jsonl, or judgements in qrels.tsv");
  for (EvalQuestion& question : dataset.questions)
    for (const std::string& document : documents_of(dataset, question))
      about[article[document]].push_back(&question);

  const double wanted = share * static_cast<double>(dataset.questions.size());
  double lost = 0;
  std::set<std::string> gone;
  for (const std::string& name : articles) {
    if (lost >= wanted) break;
    gone.insert(name);
    for (EvalQuestion* question : about[name]) {
      const auto documents = documents_of(dataset, *question);
      // A question about several articles loses its answer with the last of them.
      const bool has_none =
          std::all_of(documents.begin(), documents.end(),
                      [&](const std::string& d) { return gone.contains(article[d]); });
      if (has_none && std::exchange(question->answerable, false)) ++lost;
    }
  }
  return std::erase_if(dataset.documents, [&](const EvalDocument& document) {
    return gone.contains(article[document.id]);
  });
}

AnswersEval evaluate_answers(const std::filesystem::path& path, const AnswersEvalOptions& options,
                             ProgressSink& progress, const CancelToken& cancel) {
  EvalDataset dataset = read_dataset(path, options.split);
  AnswersEval out;
  if (options.absent) out.documents_absent = leave_articles_out(dataset, *options.absent);
  if (dataset.questions.empty())
    throw Error(ErrorCode::invalid_argument, "the collection holds no question");
  out.documents = dataset.documents.size();
  const EvalLibrary library(dataset.documents, progress, cancel);
  const retrieve::Retriever retriever(library.reader(), library.access());
  const auto engine = generate::make_extractive_engine(options.engine);
  generate::ExtractiveOptions one = options.engine;
  one.sentences_max = 1;
  const auto short_engine = generate::make_extractive_engine(one);
  const access::Visibility visible = library.visibility();
  retrieve::RetrieveOptions search;  // as people's questions are searched for
  search.passages_max = server::ServerOptions{}.answer_passages;
  search.continuations_max = server::kAnswerContinuations;
  search.time_max = std::chrono::seconds(60);
  out.answers.resize(dataset.questions.size());
  for_each_in_parallel(
      out.answers.size(), options.threads, "answering", progress, cancel, [&](std::size_t i) {
        const EvalQuestion& question = dataset.questions[i];
        const Stopwatch watch;
        const auto found = retriever.retrieve(visible, question.text, search, cancel);
        const auto answer = engine->answer(question.text, found, {}, cancel);
        const double ms = watch.milliseconds();
        out.answers[i] = judge(library, visible, question, found, answer,
                               short_engine->answer(question.text, found, {}, cancel));
        out.answers[i].keyword = best_keyword_score(library, visible, found, cancel);
        out.answers[i].milliseconds = ms;
      });
  progress.finish();
  return out;
}

}  // namespace carrel::cli
