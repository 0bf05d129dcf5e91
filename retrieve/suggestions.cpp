#include "retrieve/suggestions.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "core/text.h"
#include "core/utf8.h"

namespace carrel::retrieve {
namespace {

constexpr std::size_t kPassagesLookedAt = 3;
constexpr std::size_t kFromOneDocument = 2;
constexpr std::size_t kRecentDocuments = 40;
constexpr std::size_t kHeadingBytesMin = 4;
constexpr std::size_t kHeadingBytesMax = 60;
constexpr std::size_t kHeadingWordsMax = 8;
constexpr std::size_t kTitleBytesMax = 80;

// The last step of "Leave > Annual leave", without a number before it.
std::string heading_of(std::string_view section) {
  const std::size_t at = section.rfind(" > ");
  std::string_view heading = at == std::string_view::npos ? section : section.substr(at + 3);
  const std::size_t digits = heading.find_first_not_of("0123456789.()§ ");
  heading.remove_prefix(digits == std::string_view::npos ? heading.size() : digits);
  while (!heading.empty() && std::string_view(" .:,;").find(heading.back()) != std::string::npos)
    heading.remove_suffix(1);
  return collapse_whitespace(heading);
}

// Headings that say where one is in a text, not what it is about.
bool is_structural(const std::string& folded) {
  static const std::set<std::string, std::less<>> words = {"introduction",
                                                           "overview",
                                                           "contents",
                                                           "table of contents",
                                                           "summary",
                                                           "appendix",
                                                           "references",
                                                           "scope",
                                                           "purpose",
                                                           "notes",
                                                           "general",
                                                           "see also",
                                                           "background",
                                                           "version history",
                                                           "change log",
                                                           "changelog",
                                                           "revision history",
                                                           "conclusion",
                                                           "index",
                                                           "definitions",
                                                           "other",
                                                           "misc",
                                                           "links",
                                                           "resources",
                                                           "faq",
                                                           "einleitung",
                                                           "inhalt",
                                                           "inhaltsverzeichnis",
                                                           "zusammenfassung",
                                                           "anhang",
                                                           "allgemeines",
                                                           "zweck",
                                                           "geltungsbereich"};
  return words.contains(folded);
}

bool is_plain(std::string_view text) {
  return text.find_first_of("\"<>{}[]|\\:") == std::string_view::npos &&
         text.find("\u201C") == std::string_view::npos &&
         text.find("\u201D") == std::string_view::npos &&
         text.find("\u201E") == std::string_view::npos;
}

std::unordered_set<std::string> terms_of(const Analyzer& analyzer, std::string_view text) {
  std::unordered_set<std::string> out;
  for (const Word& word : analyzer.words(text))
    if (!word.is_stop_word) out.insert(word.term);
  return out;
}

class QuestionMaker {
 public:
  // A question about the heading. Empty: it gives none, or one that was asked or made before.
  std::string make(const index::DocumentInfo& document, std::string_view section) {
    const std::string heading = heading_of(section);
    if (heading.size() < kHeadingBytesMin || heading.size() > kHeadingBytesMax) return {};
    if (!is_plain(heading) || !is_plain(document.title) || document.title.empty() ||
        document.title.size() > kTitleBytesMax || is_structural(Analyzer::fold(heading)))
      return {};
    // "How do I ..." above "... reset my password?": half a question is none.
    if (heading.back() == '?' && heading.front() >= 'a' && heading.front() <= 'z') return {};
    const auto terms = terms_of(analyzer_, heading);
    const auto named = terms_of(analyzer_, document.title);
    const auto is_known = [&](const auto& in) {
      return std::all_of(terms.begin(), terms.end(), [&](const auto& t) { return in.contains(t); });
    };
    if (terms.empty() || terms.size() > kHeadingWordsMax || is_known(named) || is_known(asked_))
      return {};
    std::string question = heading;
    if (heading.back() != '?') {
      question = document.language == "de"
                     ? "Was steht in " + document.title + " zu " + heading + "?"
                     : "What does " + document.title + " say about " + heading + "?";
    }
    return made_.insert(Analyzer::fold(heading)).second ? question : std::string();
  }

  void asked(std::string_view question) { asked_ = terms_of(analyzer_, question); }

 private:
  Analyzer analyzer_;
  std::unordered_set<std::string> asked_;
  std::unordered_set<std::string> made_;
};

// A document's headings, those nearest to `section` first.
std::vector<std::string> around(std::vector<std::string> headings, std::string_view section) {
  const auto here = std::find(headings.begin(), headings.end(), section);
  if (here == headings.end()) return headings;
  std::vector<std::string> out;
  const auto at = static_cast<std::ptrdiff_t>(here - headings.begin());
  const auto count = static_cast<std::ptrdiff_t>(headings.size());
  for (std::ptrdiff_t step = 1; step < count; ++step)
    for (const std::ptrdiff_t i : {at + step, at - step})
      if (i >= 0 && i < count) out.push_back(headings[static_cast<std::size_t>(i)]);
  return out;
}

}  // namespace

std::vector<SuggestedQuestion> next_questions(const index::Reader& reader,
                                              const access::Visibility& visible,
                                              std::span<const Passage> passages,
                                              std::string_view asked, std::size_t questions_max) {
  std::vector<SuggestedQuestion> out;
  QuestionMaker maker;
  maker.asked(asked);
  std::unordered_set<DocumentId> seen;
  for (const Passage& passage : passages.first(std::min(passages.size(), kPassagesLookedAt))) {
    if (!seen.insert(passage.document).second) continue;
    const auto document = reader.find_document(visible, passage.document);
    if (!document) continue;
    std::size_t from_here = 0;
    for (const std::string& section :
         around(reader.headings_of(visible, passage.document), passage.section)) {
      if (out.size() >= questions_max || from_here >= kFromOneDocument) break;
      std::string question = maker.make(*document, section);
      if (question.empty()) continue;
      out.push_back({std::move(question), passage.document});
      ++from_here;
    }
  }
  return out;
}

std::vector<SuggestedQuestion> first_questions(const index::Reader& reader,
                                               const access::Visibility& visible,
                                               std::size_t questions_max) {
  std::vector<SuggestedQuestion> first;  // the first of each collection
  std::vector<SuggestedQuestion> rest;
  std::set<std::string> collections;
  QuestionMaker maker;
  for (const index::DocumentInfo& document : reader.newest_documents(visible, kRecentDocuments)) {
    if (first.size() >= questions_max) break;
    for (const std::string& section : reader.headings_of(visible, document.id)) {
      std::string question = maker.make(document, section);
      if (question.empty()) continue;
      auto& list = collections.insert(document.collection).second ? first : rest;
      list.push_back({std::move(question), document.id});
      break;
    }
  }
  for (SuggestedQuestion& question : rest)
    if (first.size() < questions_max) first.push_back(std::move(question));
  return first;
}

}  // namespace carrel::retrieve
