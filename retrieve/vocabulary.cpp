#include "retrieve/vocabulary.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "core/language.h"
#include "retrieve/other_languages.h"
#include "retrieve/spellings.h"
#include "retrieve/synonyms.h"

namespace carrel::retrieve {
namespace {

constexpr double kLongForm = 0.4;   // of each word an abbreviation stands for
constexpr double kShortForm = 0.5;  // of the abbreviation of words in the question
constexpr double kCorrected = 0.8;  // of a word read for another
constexpr double kNearName = 0.8;   // of a name that is nearly the one asked of
constexpr double kSplit = 0.5;      // of each part of a word that is written apart elsewhere
constexpr double kSynonym = 0.5;    // of a synonym where the word asked is in no text
constexpr std::size_t kFormsMax = 3;
constexpr std::size_t kCorrectedMax = 4;  // words of one question
constexpr std::size_t kOneEditBytes = 5, kTwoEditsBytes = 9;

bool is_plain_word(std::string_view raw) {
  return std::all_of(raw.begin(), raw.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

class Adapter {
 public:
  Adapter(const index::Reader& reader, const Analyzer& analyzer, const access::Visibility& visible,
          ParsedQuery& query)
      : reader_(reader),
        analyzer_(analyzer),
        visible_(visible),
        query_(query),
        words_(analyzer.words(query.plain)) {}

  std::vector<Correction> run() {
    add_other_stems(reader_, analyzer_, visible_, query_);
    for (const index::QueryTerm& term : query_.keywords.terms) present_.insert(term.term);
    for (const index::QueryTerm& term : other_spellings(analyzer_, query_.plain))
      expand(term.term, term.weight);
    add_abbreviations();
    add_synonyms();
    return corrections();
  }

 private:
  std::string raw(const Word& word) const {
    return query_.plain.substr(word.span.begin, word.span.size());
  }

  void expand(const std::string& term, double weight) {
    if (query_.keywords.expansions.size() < QueryLimits{}.expansions_max &&
        present_.insert(term).second)
      query_.keywords.expansions.push_back({term, weight});
  }
  void expand_words(std::string_view text, double weight) {
    for (const Word& word : analyzer_.words(text))
      if (!word.is_stop_word) expand(word.term, weight);
  }

  // The forms that most readable documents tell; ties as the reader orders them.
  static void keep_best(std::vector<index::KnownAbbreviation>& known) {
    std::stable_sort(known.begin(), known.end(),
                     [](const auto& a, const auto& b) { return a.documents > b.documents; });
    if (known.size() > kFormsMax) known.resize(kFormsMax);
  }

  void add_abbreviations() {
    std::vector<const Word*> telling;
    for (const Word& word : words_)
      if (!word.is_stop_word && telling.size() < QueryLimits{}.terms_max) telling.push_back(&word);
    for (std::size_t i = 0; i < telling.size(); ++i) {
      const std::string folded = Analyzer::fold(raw(*telling[i]));
      if (folded.size() <= 10) {
        auto known = reader_.abbreviations(visible_, folded, "");
        keep_best(known);
        for (const index::KnownAbbreviation& one : known) expand_words(one.long_form, kLongForm);
      }
      if (i + 1 == telling.size()) continue;
      auto known =
          reader_.abbreviations(visible_, "", telling[i]->term + ' ' + telling[i + 1]->term);
      std::erase_if(known, [&](const index::KnownAbbreviation& one) {
        return !stands_at(one.long_form, telling, i);
      });
      keep_best(known);
      for (const index::KnownAbbreviation& one : known) expand_words(one.short_form, kShortForm);
    }
  }

  // A synonym weighs as much as readable texts prefer it to the word that was asked.
  void add_synonyms() {
    const std::vector<Synonym> synonyms = synonyms_in(analyzer_, words_);
    std::vector<std::string> terms;
    for (const Synonym& one : synonyms) {
      terms.insert(terms.end(), one.asked.begin(), one.asked.end());
      terms.insert(terms.end(), one.other.begin(), one.other.end());
    }
    std::unordered_map<std::string, std::uint64_t> frequency;
    for (const index::VisibleTerm& term : reader_.term_statistics(visible_, terms))
      frequency[term.term] = term.document_frequency;
    const auto least = [&](const std::vector<std::string>& of) {
      std::uint64_t out = UINT64_MAX;
      for (const std::string& term : of) out = std::min(out, frequency[term]);
      return static_cast<double>(out);
    };
    for (const Synonym& one : synonyms) {
      const double other = least(one.other);
      if (other == 0) continue;
      const double preferred = other / (other + least(one.asked));
      const double weight = kSynonym * preferred / static_cast<double>(one.other.size());
      for (const std::string& term : one.other) expand(term, weight);
      for (const std::string& term : one.asked) query_.stand_ins.push_back({term, one.other});
    }
  }

  bool stands_at(const std::string& long_form, const std::vector<const Word*>& telling,
                 std::size_t at) const {
    for (const Word& word : analyzer_.words(long_form)) {
      if (word.is_stop_word) continue;
      if (at >= telling.size() || telling[at]->term != word.term) return false;
      ++at;
    }
    return true;
  }

  std::vector<Correction> corrections() {
    std::vector<std::string> terms;
    for (const Word& word : words_)
      if (!word.is_stop_word && terms.size() < QueryLimits{}.terms_max) terms.push_back(word.term);
    std::unordered_set<std::string> unknown;
    for (const index::VisibleTerm& term : reader_.term_statistics(visible_, terms))
      if (term.document_frequency == 0) unknown.insert(term.term);
    std::vector<Correction> out;
    if (unknown.empty()) return out;
    for (std::size_t i = 0; i < words_.size() && out.size() < kCorrectedMax; ++i) {
      const Word& word = words_[i];
      const std::string written = raw(word);
      if (unknown.erase(word.term) == 0 || written.size() < kOneEditBytes ||
          !is_plain_word(written))
        continue;
      if (is_known_elsewhere(written) || split(written)) continue;
      const std::size_t edits = written.size() >= kTwoEditsBytes ? 2 : 1;
      const auto near = reader_.similar_terms(visible_, word.term, edits);
      if (near.empty()) continue;
      // A name that no readable text holds may be a name, not a slip.
      const bool is_name = i > 0 && written.front() >= 'A' && written.front() <= 'Z';
      if (is_name) {
        if (!present_.contains(near.front().term)) {
          expand(near.front().term, kNearName);
          query_.near_names.push_back({near.front().term, near.front().idf, kNearName});
        }
        continue;
      }
      if (present_.insert(near.front().term).second)
        query_.keywords.terms.push_back({near.front().term, kCorrected});
      out.push_back({written, near.front().term, near.front().term});
    }
    return out;
  }

  // A word of another language that some readable text has in another form.
  bool is_known_elsewhere(const std::string& written) const {
    return std::any_of(query_.stems.begin(), query_.stems.end(), [&](const auto& of_language) {
      return of_language.second.contains(stem_of(written, *find_language(of_language.first)));
    });
  }

  // "parttime" is searched as "part time" where readable texts hold both words.
  bool split(const std::string& written) {
    constexpr std::size_t least = 3;
    std::vector<std::string> parts;
    for (std::size_t at = least; at + least <= written.size(); ++at) {
      if ((static_cast<unsigned char>(written[at]) & 0xC0) == 0x80) continue;
      const auto front = analyzer_.words(std::string_view(written).substr(0, at));
      const auto back = analyzer_.words(std::string_view(written).substr(at));
      if (front.size() != 1 || back.size() != 1 || front[0].is_stop_word || back[0].is_stop_word)
        continue;
      parts.push_back(front[0].term);
      parts.push_back(back[0].term);
    }
    const auto known = reader_.term_statistics(visible_, parts);
    std::size_t best = 0;
    std::uint64_t most = 0;
    for (std::size_t i = 0; i + 1 < known.size(); i += 2) {
      const std::uint64_t both =
          std::min(known[i].document_frequency, known[i + 1].document_frequency);
      if (both <= most) continue;
      most = both;
      best = i;
    }
    if (most == 0) return false;
    expand(known[best].term, kSplit);
    expand(known[best + 1].term, kSplit);
    return true;
  }

  const index::Reader& reader_;
  const Analyzer& analyzer_;
  const access::Visibility& visible_;
  ParsedQuery& query_;
  std::vector<Word> words_;
  std::unordered_set<std::string> present_;
};

}  // namespace

std::vector<Correction> adapt_to_library(const index::Reader& reader, const Analyzer& analyzer,
                                         const access::Visibility& visible, ParsedQuery& query) {
  return Adapter(reader, analyzer, visible, query).run();
}

}  // namespace carrel::retrieve
