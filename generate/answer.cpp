#include "generate/engine.h"

namespace carrel::generate {

const std::string_view kAbstention =
    "I did not find an answer to this in the documents that you can read. Other words may help, or "
    "someone who knows the subject.";

std::string Answer::text() const {
  if (abstained) return std::string(kAbstention);
  std::string out;
  for (const AnswerSentence& sentence : sentences) {
    if (!out.empty()) out += ' ';
    out += sentence.text;
    for (const int n : sentence.citations) out += " [" + std::to_string(n) + "]";
  }
  return out;
}

}  // namespace carrel::generate
