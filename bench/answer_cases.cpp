#include "bench/answer_cases.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/progress.h"
#include "retrieve/retriever.h"
#include "server/options.h"

namespace carrel::bench {

struct CaseSource::Shelf {
  Shelf(const std::vector<cli::EvalDocument>& documents, ProgressSink& progress)
      : library(documents, progress, CancelToken{}),
        retriever(library.reader(), library.access()),
        visible(library.visibility()) {}
  cli::EvalLibrary library;
  retrieve::Retriever retriever;
  access::Visibility visible;
};

namespace {

// Runs of capitalised words after the first, and words with a digit: what can be exchanged.
std::vector<ByteRange> exchangeable(std::string_view question, const Analyzer& analyzer) {
  std::vector<ByteRange> out;
  const std::vector<Word> words = analyzer.words(question);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view shown = question.substr(words[i].span.begin, words[i].span.size());
    const bool digit = shown.find_first_of("0123456789") != std::string_view::npos;
    const bool capital = shown[0] >= 'A' && shown[0] <= 'Z' && !words[i].is_stop_word;
    if (!digit && !capital) continue;
    const bool joins = !out.empty() && !digit && out.back().end + 1 == words[i].span.begin;
    if (joins)
      out.back().end = words[i].span.end;
    else
      out.push_back(words[i].span);
  }
  return out;
}

bool is_figure(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos;
}

}  // namespace

CaseSource::CaseSource(const std::filesystem::path& collection, const CaseOptions& options)
    : options_(options), dataset_(cli::read_dataset(collection, "")) {
  std::map<std::string, std::string> title_of;
  std::map<std::string, std::size_t> paragraphs;
  for (const cli::EvalDocument& document : dataset_.documents) {
    title_of[document.id] = document.title;
    ++paragraphs[document.title];
  }
  // Articles go round the folds from the largest to the smallest, so that folds are of one size.
  std::vector<std::pair<std::size_t, std::string>> by_size;
  for (const auto& [title, count] : paragraphs) by_size.emplace_back(count, title);
  std::sort(by_size.rbegin(), by_size.rend());
  std::map<std::string, std::size_t> fold_of;
  for (std::size_t i = 0; i < by_size.size(); ++i) fold_of[by_size[i].second] = i % options_.folds;

  NoProgress quiet;
  for (std::size_t fold = 0; fold < options_.folds; ++fold) {
    std::vector<cli::EvalDocument> others;
    for (const cli::EvalDocument& document : dataset_.documents)
      if (fold_of[document.title] != fold) others.push_back(document);
    shelves_.push_back(std::make_unique<Shelf>(others, quiet));
  }
  for (const cli::EvalQuestion& question : dataset_.questions)
    article_.push_back(title_of[question.document]);
  for (std::size_t i = 0; i < dataset_.questions.size(); ++i) {
    exchanged_.push_back(dataset_.questions[i].answerable ? exchanged(i) : std::string());
    const std::size_t fold = fold_of[article_[i]];
    const auto add = [&](CaseKind kind) { cases_.push_back({kind, i, fold}); };
    if (!dataset_.questions[i].answerable) {
      add(CaseKind::adversarial);
      continue;
    }
    add(CaseKind::answerable);
    add(CaseKind::absent);
    add(CaseKind::taken);
    if (!exchanged_.back().empty()) add(CaseKind::exchanged);
  }
}

CaseSource::~CaseSource() = default;

// The question with its last name or figure replaced by one that another question of the same
// article names and that does not stand in this one.
std::string CaseSource::exchanged(std::size_t question) const {
  static const Analyzer analyzer;
  const std::string& text = dataset_.questions[question].text;
  const std::vector<ByteRange> own = exchangeable(text, analyzer);
  if (own.empty()) return {};
  const ByteRange place = own.back();
  const bool figure = is_figure(std::string_view(text).substr(place.begin, place.size()));
  const std::size_t count = dataset_.questions.size();
  for (std::size_t step = 7; step < count; step += 13) {  // others of the article, far apart
    const std::size_t other = (question + step) % count;
    if (article_[other] != article_[question]) continue;
    const std::string& from = dataset_.questions[other].text;
    for (const ByteRange& range : exchangeable(from, analyzer)) {
      const std::string name = from.substr(range.begin, range.size());
      if (is_figure(name) != figure || text.find(name) != std::string::npos) continue;
      return text.substr(0, place.begin) + name + text.substr(place.end);
    }
  }
  return {};
}

const std::vector<std::string>& CaseSource::answers(const Case& one) const {
  return dataset_.questions[one.question].answers;
}

std::string CaseSource::text(const Case& one) const {
  return one.kind == CaseKind::exchanged ? exchanged_[one.question]
                                         : dataset_.questions[one.question].text;
}

retrieve::Retrieval CaseSource::retrieve(const Case& one) const {
  const std::size_t other = (one.fold + 1 + one.question % (options_.folds - 1)) % options_.folds;
  const Shelf& shelf = *shelves_[one.kind == CaseKind::absent ? one.fold : other];
  retrieve::RetrieveOptions options;
  options.passages_max = server::ServerOptions{}.answer_passages;  // as people's are asked
  options.continuations_max = server::kAnswerContinuations;
  const std::string& document = dataset_.questions[one.question].document;
  if (one.kind == CaseKind::taken) ++options.passages_max;
  auto found = shelf.retriever.retrieve(shelf.visible, text(one), options, CancelToken{});
  if (one.kind == CaseKind::taken)
    std::erase_if(found.passages,
                  [&](const retrieve::Passage& passage) { return passage.uri == document; });
  return found;
}

}  // namespace carrel::bench
