#include "cli/eval_judge.h"

#include <algorithm>

#include "core/text.h"

namespace carrel::cli {
namespace {

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

}  // namespace

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

std::size_t count_words(std::string_view text) {
  const std::string words = answer_words(text);
  return static_cast<std::size_t>(std::count(words.begin(), words.end(), ' ')) - 1;
}

bool contains_answer(std::string_view text, const std::vector<std::string>& answers) {
  const std::string words = answer_words(text);
  return std::any_of(answers.begin(), answers.end(), [&](const std::string& answer) {
    const std::string wanted = answer_words(answer);
    return wanted.size() > 1 && words.find(wanted) != std::string::npos;
  });
}

std::string sentences_of(const generate::Answer& answer) {
  std::string out;
  for (const generate::AnswerSentence& sentence : answer.sentences) out += sentence.text + "\n";
  return out;
}

CitationScore judge_citations(const index::Reader& reader, const access::Visibility& visible,
                              const generate::Answer& answer) {
  CitationScore out;
  for (const generate::AnswerSentence& sentence : answer.sentences) {
    for (const int n : sentence.citations) {
      ++out.cited;
      const auto cited = std::find_if(answer.citations.begin(), answer.citations.end(),
                                      [&](const generate::Citation& c) { return c.n == n; });
      if (cited == answer.citations.end()) continue;
      const auto chunks = reader.chunks(visible, {&cited->chunk, 1});
      if (chunks.empty()) continue;
      if (bears(answer_words(chunks.front().text), sentence.text)) ++out.supported;
    }
  }
  return out;
}

}  // namespace carrel::cli
