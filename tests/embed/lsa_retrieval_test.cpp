// Claim: on a collection that people have judged, the encoder alone ranks as well as latent
// semantic analysis does there: nDCG@10 of 0.42 at least on Cranfield (0.439 was measured with
// another implementation at its best dimension; the keyword baseline has 0.385).
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "tests/embed/lsa_support.h"
#include "tests/support/testing.h"

namespace carrel::embed {
namespace {

struct Entry {
  std::string id;
  std::string text;
};

std::vector<Entry> read_entries(const std::filesystem::path& path) {
  std::vector<Entry> entries;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::json::parse(line);
    entries.push_back({json.at("_id"), json.value("title", "") + "\n" + json.value("text", "")});
  }
  return entries;
}

using Judgements = std::map<std::string, std::map<std::string, double>>;  // query, document, gain

Judgements read_judgements(const std::filesystem::path& path) {
  Judgements judgements;
  std::ifstream file(path);
  std::string query;
  std::getline(file, query);  // the header
  std::string document;
  for (double gain = 0; file >> query >> document >> gain;)
    if (gain > 0) judgements[query][document] = gain;
  return judgements;
}

double dcg(const std::vector<double>& gains) {
  double sum = 0;
  for (std::size_t rank = 0; rank < gains.size() && rank < 10; ++rank)
    sum += gains[rank] / std::log2(static_cast<double>(rank) + 2);
  return sum;
}

double ndcg_at_10(const std::vector<std::string>& ranked,
                  const std::map<std::string, double>& judged) {
  std::vector<double> gains;
  for (const std::string& id : ranked) gains.push_back(judged.contains(id) ? judged.at(id) : 0.0);
  std::vector<double> ideal;
  for (const auto& [id, gain] : judged) ideal.push_back(gain);
  std::sort(ideal.rbegin(), ideal.rend());
  return dcg(gains) / dcg(ideal);
}

TEST(LsaRetrieval, RanksCranfieldAsLatentSemanticAnalysisDoes) {
  CARREL_NEED_SHARED(folder, "collections/cranfield");
  const std::vector<Entry> corpus = read_entries(folder / "corpus.jsonl");
  std::vector<std::string> texts;
  for (const Entry& entry : corpus) texts.push_back(entry.text);
  const auto encoder = train(texts);
  ASSERT_NE(encoder, nullptr);
  std::vector<std::vector<float>> documents;
  for (const std::string& text : texts) documents.push_back(encode(*encoder, text));

  const Judgements judgements = read_judgements(folder / "qrels.tsv");
  double sum = 0;
  int queries = 0;
  for (const Entry& query : read_entries(folder / "queries.jsonl")) {
    if (!judgements.contains(query.id)) continue;
    const std::vector<float> asked = encode(*encoder, query.text);
    std::vector<std::pair<double, std::string>> scored;
    for (std::size_t d = 0; d < corpus.size(); ++d)
      scored.emplace_back(-dot(asked, documents[d]), corpus[d].id);
    std::partial_sort(scored.begin(), scored.begin() + 10, scored.end());
    std::vector<std::string> ranked;
    for (std::size_t rank = 0; rank < 10; ++rank) ranked.push_back(scored[rank].second);
    sum += ndcg_at_10(ranked, judgements.at(query.id));
    ++queries;
  }
  ASSERT_EQ(queries, 225);
  EXPECT_GE(sum / queries, 0.42);
  RecordProperty("ndcg_at_10", std::to_string(sum / queries));
}

}  // namespace
}  // namespace carrel::embed
