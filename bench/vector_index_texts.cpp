// Real embeddings: the texts below a folder, cut into windows of words, encoded by the encoder that
// the library trains on itself. Questions are short windows from among them.
#include <algorithm>
#include <filesystem>
#include <sstream>

#include "bench/vector_index_bench.h"
#include "core/error.h"
#include "core/file.h"
#include "core/random.h"
#include "embed/lsa.h"

namespace carrel::bench {
namespace {

constexpr std::size_t kWindowWords = 60;
constexpr std::size_t kStepWords = 20;
constexpr std::size_t kQuestionWords = 10;
constexpr std::size_t kFileBytesMax = std::size_t{16} << 20;

std::vector<std::string> read_words(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string kind = entry.path().extension();
    if (entry.is_regular_file() && (kind == ".md" || kind == ".txt" || kind == ".jsonl")) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> words;
  for (const auto& file : files) {
    std::istringstream text(read_file(file, kFileBytesMax));
    for (std::string word; text >> word;) words.push_back(word);
  }
  return words;
}

std::string window(const std::vector<std::string>& words, std::size_t from, std::size_t count) {
  std::string out;
  for (std::size_t i = from; i < std::min(words.size(), from + count); ++i) out += words[i] + ' ';
  return out;
}

// Rows that are not zero: those say nothing.
Rows encode(const embed::Encoder& encoder, const std::vector<std::string>& texts) {
  Rows out{encoder.dim(), {}};
  std::vector<float> row(encoder.dim());
  for (const std::string& text : texts) {
    const std::string_view view = text;
    encoder.encode({&view, 1}, row);
    if (std::all_of(row.begin(), row.end(), [](float v) { return v == 0; })) continue;
    index::vector_data::round_to_half(row);
    out.values.insert(out.values.end(), row.begin(), row.end());
  }
  return out;
}

}  // namespace

Data make_text_data(Setting& setting, const std::string& folder) {
  const std::vector<std::string> words = read_words(folder);
  std::vector<std::string> texts;
  for (std::size_t at = 0; at + kWindowWords <= words.size(); at += kStepWords) {
    if (texts.size() == setting.vectors) break;
    texts.push_back(window(words, at, kWindowWords));
  }
  std::size_t next = 0;
  const embed::TextSource source{
      [&]() -> const std::string* { return next < texts.size() ? &texts[next++] : nullptr; },
      [&] { next = 0; }, texts.size()};
  NoProgress silent;
  const auto encoder = embed::train_lsa(source, {.dim_max = setting.dim}, silent, CancelToken{});
  if (encoder == nullptr) {
    throw Error(ErrorCode::invalid_argument, folder + " holds too little text to learn from");
  }
  Rng rng(kSeed);
  std::vector<std::string> questions;
  for (std::size_t i = 0; i < setting.queries; ++i) {
    questions.push_back(window(words, rng.below(words.size() - kQuestionWords), kQuestionWords));
  }
  Data out{encode(*encoder, texts), encode(*encoder, questions)};
  setting.dim = encoder->dim();
  setting.vectors = out.rows.size();
  setting.queries = out.queries.size();
  return out;
}

}  // namespace carrel::bench
