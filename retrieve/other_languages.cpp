#include "retrieve/other_languages.h"

#include <algorithm>

#include "core/language.h"
#include "index/stem_terms.h"

namespace carrel::retrieve {
namespace {

constexpr double kStem = 0.8;             // of a stem beside the term as it was written
constexpr std::size_t kLanguagesMax = 4;  // tried for one question, the most used first

// Of readable chunks, the most used first.
std::vector<const Language*> readable_languages(const index::Reader& reader,
                                                const access::Visibility& visible) {
  std::vector<std::string> markers;
  for (const Language& language : stemmed_languages())
    markers.push_back(index::language_marker(language));
  const std::vector<index::VisibleTerm> known = reader.term_statistics(visible, markers);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < known.size(); ++i)
    if (known[i].document_frequency > 0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return known[a].document_frequency > known[b].document_frequency;
  });
  std::vector<const Language*> out;
  for (const std::size_t i : order) out.push_back(&stemmed_languages()[i]);
  return out;
}

// Takes the function words of `language` out of the terms unless there is nothing else.
void drop_function_words(const Analyzer& analyzer, const Language& language, ParsedQuery& query) {
  std::unordered_map<std::string, bool> is_empty;  // term -> every word of it is one
  for (const Word& word : analyzer.words(query.plain)) {
    const std::string folded =
        Analyzer::fold(std::string_view(query.plain).substr(word.span.begin, word.span.size()));
    const auto [it, is_new] = is_empty.try_emplace(word.term, true);
    it->second = it->second && is_function_word(language, folded);
  }
  auto terms = query.keywords.terms;
  std::erase_if(terms, [&](const index::QueryTerm& term) {
    const auto it = is_empty.find(term.term);
    return it != is_empty.end() && it->second;
  });
  if (!terms.empty()) query.keywords.terms = std::move(terms);
}

struct Wanted {
  const Language* language;
  std::string stem;
  std::string written;  // the question's term
};

}  // namespace

void add_other_stems(const index::Reader& reader, const Analyzer& analyzer,
                     const access::Visibility& visible, ParsedQuery& query) {
  std::vector<const Language*> languages = readable_languages(reader, visible);
  if (languages.empty()) return;
  const Language* own = language_of_question(query.plain);
  if (std::find(languages.begin(), languages.end(), own) != languages.end()) {
    languages = {own};
    drop_function_words(analyzer, *own, query);
  }
  if (languages.size() > kLanguagesMax) languages.resize(kLanguagesMax);

  const auto term_of = [&](std::string_view name) {
    return std::find_if(query.keywords.terms.begin(), query.keywords.terms.end(),
                        [&](const index::QueryTerm& one) { return one.term == name; });
  };
  std::vector<Wanted> wanted;
  std::vector<std::string> names;  // the stems', then the question's own
  for (const Word& word : analyzer.words(query.plain)) {
    if (term_of(word.term) == query.keywords.terms.end()) continue;
    for (const Language* language : languages) {
      std::string stem = stem_of(
          std::string_view(query.plain).substr(word.span.begin, word.span.size()), *language);
      names.push_back(index::stem_term(*language, stem));
      wanted.push_back({language, std::move(stem), word.term});
    }
  }
  const std::size_t stems = names.size();
  for (const Wanted& one : wanted) names.push_back(one.written);
  const std::vector<index::VisibleTerm> known = reader.term_statistics(visible, names);
  std::unordered_map<std::string, std::string> replaced;
  for (std::size_t i = 0; i < stems; ++i) {
    if (known[i].document_frequency == 0) continue;
    std::string name = wanted[i].written;
    if (known[stems + i].document_frequency == 0) {
      const auto [it, is_first] = replaced.try_emplace(name, names[i]);
      if (is_first) term_of(name)->term = names[i];
      name = it->second;
    }
    if (name == names[i]) {
      // Searched as a term of the question.
    } else if (query.keywords.expansions.size() < QueryLimits{}.expansions_max) {
      query.keywords.expansions.push_back({names[i], kStem});
    }
    query.stems[std::string(wanted[i].language->code)].try_emplace(wanted[i].stem, std::move(name));
  }
}

void recognise_stems(const ParsedQuery& query, std::string_view language, std::string_view text,
                     std::vector<Word>& words) {
  if (query.stems.empty()) return;
  const Language* known = find_language(language);
  if (known == nullptr) return;
  const auto stems = query.stems.find(known->code);
  if (stems == query.stems.end()) return;
  for (Word& word : words) {
    if (word.is_stop_word) continue;
    const auto term =
        stems->second.find(stem_of(text.substr(word.span.begin, word.span.size()), *known));
    if (term != stems->second.end()) word.term = term->second;
  }
}

}  // namespace carrel::retrieve
