// Learns the weights of retrieve/ranker.h on public test collections, and says how well it ranks
// collections that it has not learned from.
//
//   train_ranker [--ridge R] [--depth N] [--write FILE] COLLECTION...
//
// Each COLLECTION is a folder in BEIR's form; a temporary library is made of it as of any files.
// For each of them weights are learned on all the others and judged on it, with a 95 % interval of
// the gain over BM25 (paired, bootstrapped over questions); the weights printed, and written with
// --write, are learned on all. Of each question the best --depth candidates of the fusion take part
// in learning; all are judged. --ridge and --depth may be given several times: each pair is tried,
// the last is written.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>

#include "bench/softmax_trainer.h"
#include "cli/eval_dataset.h"
#include "cli/eval_library.h"
#include "cli/eval_measures.h"
#include "cli/eval_parallel.h"
#include "core/progress.h"
#include "retrieve/active_encoder.h"
#include "retrieve/search.h"

namespace {

using namespace carrel;
using namespace carrel::bench;
using namespace carrel::retrieve;

constexpr const char* kColumnNames[kFeatureCount] = {
    "keyword",      "rare_coverage", "exact", "digits",   "ordered", "window_narrow",
    "window_wide",  "related",       "early", "sentence", "dense",   "first_opening",
    "best_opening", "near",          "moved", "cluster"};

struct Question {
  CandidateSet set{{}, {}, false};
  std::vector<std::string> documents;               // of each row
  std::vector<double> gains;                        // of each row
  std::vector<std::string> keyword, vector, fused;  // rankings of documents
  const std::map<std::string, double>* judged = nullptr;
};

struct Collection {
  std::string name;
  cli::EvalDataset dataset;
  std::vector<Question> questions;
};

// Each document where its best chunk stands.
std::vector<std::string> distinct(const std::vector<std::string>& ranked) {
  std::vector<std::string> out;
  std::unordered_set<std::string> seen;
  for (const std::string& document : ranked)
    if (seen.insert(document).second) out.push_back(document);
  return out;
}

// Of each question.
struct Scores {
  std::vector<double> ndcg, recall_at_5;
};

template <class Ranked>
Scores scores_of(const Collection& collection, const Ranked& ranked) {
  Scores out;
  for (const Question& question : collection.questions) {
    const cli::RankingScore one = cli::score_ranking(distinct(ranked(question)), *question.judged);
    out.ndcg.push_back(one.ndcg_at_10);
    out.recall_at_5.push_back(one.recall_at_5);
  }
  return out;
}

std::vector<std::string> reranked(const Question& question, const FeatureWeights& weights) {
  const std::vector<double> scores = question.set.scores(weights);
  std::vector<std::size_t> order(scores.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<std::string> out;
  for (const std::size_t i : order) out.push_back(question.documents[i]);
  return out;
}

Collection gather(const std::string& folder) {
  Collection out;
  out.name = std::filesystem::path(folder).filename().string();
  out.dataset = cli::read_dataset(folder, "");
  NoProgress progress;
  const CancelToken cancel;
  const cli::EvalLibrary library(out.dataset.documents, progress, cancel);
  const index::Reader& reader = library.reader();
  const access::Visibility visible = library.visibility();
  std::map<DocumentId, std::string> names;
  for (const auto& document :
       reader.list_documents(visible, {.filter = {}, .text = {}, .after = {}, .limit = SIZE_MAX}))
    names[document.id] = document.external_id;
  std::vector<const cli::EvalQuestion*> asked;
  for (const cli::EvalQuestion& question : out.dataset.questions)
    if (out.dataset.judged.contains(question.id)) asked.push_back(&question);

  const Analyzer analyzer;
  const ActiveEncoder encoder(reader);
  const Search search(reader, analyzer, encoder, RankingOptions{});
  out.questions.resize(asked.size());
  cli::for_each_in_parallel(asked.size(), 0, "asking", progress, cancel, [&](std::size_t i) {
    Question& question = out.questions[i];
    question.judged = &out.dataset.judged.at(asked[i]->id);
    ParsedQuery query = parse_query(asked[i]->text, analyzer, QueryLimits{});
    adapt_to_library(reader, analyzer, visible, query);
    const index::Scope scope{visible, nullptr};
    RetrieveOptions options;
    options.time_max = std::chrono::seconds(60);
    const auto documents = [&](std::vector<index::Candidate> ranked) {
      ranked.resize(std::min<std::size_t>(ranked.size(), 40));
      std::vector<ChunkId> ids;
      for (const index::Candidate& candidate : ranked) ids.push_back(candidate.chunk);
      std::vector<std::string> found;
      for (const auto& chunk : reader.chunks(visible, ids))
        found.push_back(names.at(chunk.document));
      return found;
    };
    Ranking timings;
    Candidates found = search.candidates(scope, query, options, timings, cancel);
    question.fused = documents(found.fused);
    for (const auto& chunk : reader.chunks(visible, found.described)) {
      question.documents.push_back(names.at(chunk.document));
      const auto gain = question.judged->find(question.documents.back());
      question.gains.push_back(gain == question.judged->end() ? 0 : gain->second);
    }
    question.set = std::move(*found.set);
    options.arms = Arms::keyword_only;
    question.keyword = documents(search.rank(scope, query, options, cancel).ranked);
    options.arms = Arms::vector_only;
    question.vector = documents(search.rank(scope, query, options, cancel).ranked);
  });
  return out;
}

struct Settings {
  double ridge = 0.0007;
  std::size_t depth = 40;
};

void add_lessons(const Collection& collection, std::size_t depth,
                 std::vector<JudgedQuestion>& out) {
  for (const Question& question : collection.questions) {
    JudgedQuestion judged;
    for (std::size_t i = 0; i < std::min(question.set.size(), depth); ++i) {
      judged.rows.push_back(question.set.row(i));
      judged.gains.push_back(question.gains[i]);
    }
    if (std::any_of(judged.gains.begin(), judged.gains.end(), [](double g) { return g > 0; }))
      out.push_back(std::move(judged));
  }
}

// Both passes, learned on all collections but `held_out`; leaves its feedback in every set.
RankerWeights learn_both(std::vector<Collection>& collections, std::size_t held_out,
                         const Settings& settings) {
  const auto learn_from = [&](const std::vector<bool>& columns) {
    std::vector<JudgedQuestion> lessons;
    for (std::size_t c = 0; c < collections.size(); ++c)
      if (c != held_out) add_lessons(collections[c], settings.depth, lessons);
    return learn(lessons, columns, settings.ridge);
  };
  std::vector<bool> columns(kFeatureCount, true);
  for (std::size_t f = kMoved; f < kFeatureCount; ++f) columns[f] = false;
  RankerWeights out{};
  out.first = learn_from(columns);
  for (Collection& collection : collections)
    for (Question& question : collection.questions) question.set.apply_feedback(out.first);
  columns.assign(kFeatureCount, true);
  columns[kNear] = false;
  out.second = learn_from(columns);
  return out;
}

void print(std::FILE* out, const char* prefix, const FeatureWeights& weights) {
  for (std::size_t f = 0; f < kFeatureCount; ++f)
    if (weights[f] != 0)
      std::fprintf(out, "%s %s %.2f", f == 0 ? prefix : "", kColumnNames[f], weights[f]);
  std::fprintf(out, "\n");
}

// The numbers of retrieve/ranker_weights.h, to stand below its comment.
void write_table(const std::string& file, const RankerWeights& weights) {
  std::ofstream out(file);
  const auto list = [&](const char* name, const FeatureWeights& values) {
    out << "    ." << name << " = {\n";
    for (std::size_t f = 0; f < kFeatureCount; ++f) {
      char line[80];
      std::snprintf(line, sizeof line, "        %.3f,  // %s\n", values[f], kColumnNames[f]);
      out << line;
    }
    out << "    },\n";
  };
  list("first", weights.first);
  list("second", weights.second);
}

// Learns and prints; the weights learned on all.
RankerWeights report(std::vector<Collection>& collections, const Settings& settings) {
  const auto ranked_by = [](const FeatureWeights& weights) {
    return [&weights](const Question& question) { return reranked(question, weights); };
  };
  std::vector<Scores> left_out;
  for (std::size_t c = 0; c < collections.size(); ++c) {
    const RankerWeights weights = learn_both(collections, c, settings);
    left_out.push_back(scores_of(collections[c], ranked_by(weights.second)));
  }
  const RankerWeights weights = learn_both(collections, collections.size(), settings);
  std::printf("ridge %g, depth %zu\n%-20s %8s %8s %8s %9s %8s %9s %18s %9s %9s\n", settings.ridge,
              settings.depth, "nDCG@10", "keyword", "vector", "fusion", "left out", "shipped",
              "left out%", "95 % interval", "recall@5", "shipped");
  double gains = 0;
  for (std::size_t c = 0; c < collections.size(); ++c) {
    const Collection& it = collections[c];
    const Scores keyword = scores_of(it, [](const Question& q) { return q.keyword; });
    const Scores vector = scores_of(it, [](const Question& q) { return q.vector; });
    const Scores fusion = scores_of(it, [](const Question& q) { return q.fused; });
    const Scores shipped = scores_of(it, ranked_by(weights.second));
    std::vector<double> gain = left_out[c].ndcg;
    for (std::size_t i = 0; i < gain.size(); ++i) gain[i] -= keyword.ndcg[i];
    const double unit = cli::mean(keyword.ndcg) / 100;
    const cli::Interval interval = cli::bootstrap_mean(gain);
    gains += cli::mean(gain) / unit / static_cast<double>(collections.size());
    std::printf("%-20s %8.4f %8.4f %8.4f %9.4f %8.4f %+8.2f%% [%+7.2f, %+7.2f] %9.4f %9.4f\n",
                it.name.c_str(), cli::mean(keyword.ndcg), cli::mean(vector.ndcg),
                cli::mean(fusion.ndcg), cli::mean(left_out[c].ndcg), cli::mean(shipped.ndcg),
                cli::mean(gain) / unit, interval.low / unit, interval.high / unit,
                cli::mean(left_out[c].recall_at_5), cli::mean(shipped.recall_at_5));
  }
  std::printf("mean of the gains left out: %+.2f%%\n", gains);
  print(stdout, "first: ", weights.first);
  print(stdout, "second:", weights.second);
  std::fflush(stdout);
  return weights;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<double> ridges;
  std::vector<std::size_t> depths;
  Settings settings;
  std::string write;
  std::vector<Collection> collections;
  for (int i = 1; i < argc; ++i) {
    const bool has_value = i + 1 < argc;
    if (std::strcmp(argv[i], "--ridge") == 0 && has_value)
      ridges.push_back(std::atof(argv[++i]));
    else if (std::strcmp(argv[i], "--depth") == 0 && has_value)
      depths.push_back(static_cast<std::size_t>(std::atoll(argv[++i])));
    else if (std::strcmp(argv[i], "--write") == 0 && has_value)
      write = argv[++i];
    else
      collections.push_back(gather(argv[i]));
  }
  if (collections.size() < 2) {
    std::fprintf(stderr,
                 "train_ranker [--ridge R] [--depth N] [--write FILE] COLLECTION COLLECTION...\n");
    return 2;
  }
  if (ridges.empty()) ridges.push_back(settings.ridge);
  if (depths.empty()) depths.push_back(settings.depth);
  RankerWeights weights{};
  for (const double ridge : ridges) {
    for (const std::size_t depth : depths) {
      settings.ridge = ridge;
      settings.depth = depth;
      weights = report(collections, settings);
    }
  }
  if (!write.empty()) write_table(write, weights);
  return 0;
}
