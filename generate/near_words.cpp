#include "generate/near_words.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/text.h"

namespace carrel::generate {
namespace {

constexpr double kSynonym = 0.7;

// Forms of one word: irregular verbs and plurals, figures and their names.
constexpr std::string_view kSameWord[] = {"be am is are was were been being",
                                          "begin began begun",
                                          "become became",
                                          "break broke broken",
                                          "bring brought",
                                          "build built",
                                          "buy bought",
                                          "catch caught",
                                          "choose chose chosen choice",
                                          "come came",
                                          "cost costs",
                                          "do did done",
                                          "draw drew drawn",
                                          "drive drove driven",
                                          "eat ate eaten",
                                          "fall fell fallen",
                                          "feel felt",
                                          "fight fought",
                                          "find found",
                                          "fly flew flown flight",
                                          "forget forgot forgotten",
                                          "get got gotten",
                                          "give gave given",
                                          "go went gone",
                                          "grow grew grown growth",
                                          "hear heard",
                                          "hold held",
                                          "keep kept",
                                          "know knew known",
                                          "lead led",
                                          "leave left",
                                          "lend lent",
                                          "lose lost loss",
                                          "make made",
                                          "mean meant",
                                          "meet met",
                                          "pay paid payment",
                                          "put puts",
                                          "rise rose risen",
                                          "run ran",
                                          "say said",
                                          "see saw seen",
                                          "sell sold sale",
                                          "send sent",
                                          "set sets",
                                          "show showed shown",
                                          "speak spoke spoken",
                                          "spend spent",
                                          "stand stood",
                                          "steal stole stolen",
                                          "strike struck",
                                          "take took taken",
                                          "teach taught",
                                          "tell told",
                                          "think thought",
                                          "throw threw thrown",
                                          "understand understood",
                                          "wear wore worn",
                                          "win won",
                                          "write wrote written",
                                          "die died death dead",
                                          "live life lives",
                                          "child children",
                                          "person people persons",
                                          "man men",
                                          "woman women",
                                          "foot feet",
                                          "strong strength",
                                          "long length",
                                          "high height",
                                          "wide width",
                                          "deep depth",
                                          "choose selected",
                                          "1 one",
                                          "2 two",
                                          "3 three",
                                          "4 four",
                                          "5 five",
                                          "6 six",
                                          "7 seven",
                                          "8 eight",
                                          "9 nine",
                                          "10 ten",
                                          "11 eleven",
                                          "12 twelve",
                                          "15 fifteen",
                                          "20 twenty",
                                          "30 thirty",
                                          "40 forty",
                                          "50 fifty",
                                          "60 sixty",
                                          "90 ninety",
                                          "100 hundred",
                                          "1000 thousand",
                                          "1st first",
                                          "2nd second",
                                          "3rd third",
                                          "jan january",
                                          "feb february",
                                          "mar march",
                                          "apr april",
                                          "jun june",
                                          "jul july",
                                          "aug august",
                                          "sep sept september",
                                          "oct october",
                                          "nov november",
                                          "dec december",
                                          "percent percentage"};

// Words that often stand for each other. Not by meaning alone: only where an answer would be the
// same.
constexpr std::string_view kSynonyms[] = {
    "begin start commence found establish launch origin",
    "end finish stop cease terminate conclude",
    "create make build construct form produce develop design invent found",
    "kill die murder assassinate death",
    "buy purchase acquire obtain procure",
    "sell sale vendor",
    "big large great huge major vast",
    "small little tiny minor",
    "job work occupation profession role position",
    "company firm business organisation organization corporation employer",
    "holiday vacation leave pto absence",
    "salary pay wage paycheck compensation remuneration earnings",
    "boss manager supervisor lead head chief director",
    "employee staff worker colleague personnel member",
    "phone telephone call extension number dial",
    "sick ill illness sickness disease unwell",
    "doctor physician medical certificate",
    "laptop computer notebook device machine pc",
    "allow permit permission authorize authorise may approve",
    "forbid prohibit ban disallow outlaw",
    "need require must necessary mandatory obligatory",
    "help assist support aid",
    "buy cost price expense fee charge",
    "refund reimburse reimbursement claim repay",
    "lunch meal food dinner breakfast",
    "hotel accommodation lodging",
    "trip journey travel",
    "car vehicle automobile",
    "plane flight aircraft air",
    "train rail railway",
    "mileage kilometre kilometer mile",
    "limit maximum cap ceiling most",
    "minimum least",
    "deadline due latest",
    "notice warning notification notify",
    "resign leave quit resignation departure depart",
    "hire recruit employ recruitment",
    "fire dismiss dismissal terminate layoff",
    "new starter joiner newcomer",
    "baby child infant newborn",
    "mother maternity",
    "father paternity",
    "parent parental",
    "password passphrase credential",
    "email mail e-mail message",
    "store keep retain save retention",
    "delete erase remove destroy",
    "share disclose reveal",
    "report tell inform notify",
    "show display demonstrate reveal",
    "happen occur take",
    "use utilize employ usage",
    "name call term title known",
    "live reside inhabit dwell",
    "country nation state",
    "city town",
    "area region zone territory",
    "land ground territory",
    "war conflict battle fight",
    "army military troops force soldier",
    "king ruler monarch emperor",
    "law legislation act rule statute",
    "rule policy regulation guideline",
    "leader head chief president",
    "author writer write",
    "speak say state talk",
    "believe think consider view",
    "increase rise grow raise growth gain",
    "decrease fall drop reduce decline reduction lower cut",
    "cause lead result due reason",
    "effect impact consequence influence result",
    "important significant main major key",
    "main primary chief principal major",
    "first initial original earliest",
    "last final latest",
    "often frequently commonly usually",
    "yearly annual annually year per",
    "monthly month",
    "weekly week",
    "daily day",
    "rich wealthy",
    "poor poverty",
    "money fund finance cash",
    "student pupil",
    "teacher instructor educator",
    "school college university",
    "get receive obtain gain earn",
    "give provide offer grant supply",
    "send transmit deliver",
    "change alter modify amend",
    "add include contain",
    "part portion section share",
    "type kind sort form",
    "amount quantity number total",
    "group team",
    "old age",
    "speed fast velocity rate",
    "describe explain define",
    "contact reach call write",
    "responsible owner charge accountable",
    "office workplace site building",
    "remote home telework telecommute",
    "desk workstation",
    "expense cost spend",
    "gift present hospitality",
    "bonus premium",
    "overtime extra hours",
    "training course learning education",
    "review evaluation appraisal assessment",
    "complain complaint appeal grievance",
    "expire lapse forfeit lose",
    "medicine medication drug prescription",
    "quote quotation offer bid",
    "personal private own",
    "copy download save",
    "pet dog cat",
    "furniture chair desk",
    "breach incident violation",
    "backup copy",
    "vendor supplier provider contractor",
    "customer client",
    "contract agreement",
    "sign signature approve",
    "meeting conference",
    "test examination exam check",
    "broken defect fault fail",
    "repair fix",
    "visit visitor guest",
    "arrive reach come",
    "move relocate transfer",
    "attack invade invasion assault",
    "destroy ruin damage",
    "win victory defeat beat",
    "discover find discovery",
    "call name nickname",
    "population people inhabitants",
    "religion faith church",
    "height tall high",
    "locate situate location find place",
    "measure calculate determine compute",
    "prove show demonstrate",
    "reject refuse deny decline",
    "oppose object against",
    "agree accept approve",
    "marry wife husband spouse",
    "born birth"};

constexpr std::string_view kOpposites[] = {
    "before|after",
    "increase rise grow gain high higher highest|decrease fall drop reduce decline low lower "
    "lowest",
    "first earliest oldest|last latest newest final",
    "largest biggest most largest greatest maximum|smallest least fewest minimum",
    "begin start open|end finish stop close",
    "more|less fewer",
    "allow permit|forbid prohibit ban",
    "include|exclude",
    "accept agree|reject refuse deny",
    "support favor favour|oppose",
    "north northern|south southern",
    "east eastern|west western",
    "war|peace",
    "win victory|lose defeat",
    "buy|sell",
    "import|export",
    "public|private",
    "internal|external",
    "old|new young",
    "man male men father husband|woman female women mother wife",
    "rich wealthy|poor",
    "strong|weak",
    "hot warm|cold cool",
    "fast|slow",
    "success succeed|failure fail",
    "present|absent",
    "always|never",
    "all|none",
    "with|without",
    "inside|outside",
    "legal|illegal",
    "positive|negative",
    "upper|lower",
    "hard difficult|easy simple",
    "above|below",
    "best|worst",
    "create build|destroy",
    "add|remove",
    "same similar|different",
    "common|rare",
    "left|right",
    "hire recruit|dismiss",
    "deterministic|non",
    "finite|infinite",
    "major|minor",
    "ancient|modern",
    "domestic|foreign",
    "credit|debit",
    "gain|loss",
    "attack|defend",
    "birth born|death die"};

using Members = std::vector<std::string>;

// A term's groups, by their place in `groups`.
struct Table {
  std::vector<Members> groups;
  std::unordered_map<std::string, std::vector<std::size_t>> of;

  std::size_t add(const Analyzer& analyzer, std::string_view words) {
    Members members;
    for (const Word& word : analyzer.words(words)) {
      of[word.term].push_back(groups.size());
      members.push_back(word.term);
    }
    groups.push_back(std::move(members));
    return groups.size() - 1;
  }
};

struct Tables {
  Table same, synonyms, opposites;  // the sides of a pair of opposites are groups 2k and 2k + 1

  Tables() {
    const Analyzer analyzer;
    for (const std::string_view words : kSameWord) same.add(analyzer, words);
    for (const std::string_view words : kSynonyms) synonyms.add(analyzer, words);
    for (const std::string_view pair : kOpposites) {
      const std::size_t bar = pair.find('|');
      opposites.add(analyzer, pair.substr(0, bar));
      opposites.add(analyzer, pair.substr(bar + 1));
    }
  }
};

const Tables& tables() {
  static const Tables made;
  return made;
}

}  // namespace

std::vector<NearWord> near_words(const std::string& term) {
  std::vector<NearWord> out;
  const auto take = [&](const Table& table, double degree) {
    const auto found = table.of.find(term);
    if (found == table.of.end()) return;
    for (const std::size_t group : found->second)
      for (const std::string& member : table.groups[group])
        if (member != term) out.push_back({member, degree});
  };
  take(tables().same, 1);
  take(tables().synonyms, kSynonym);
  return out;
}

std::vector<std::string_view> opposites(const std::string& term) {
  std::vector<std::string_view> out;
  const Table& table = tables().opposites;
  const auto found = table.of.find(term);
  if (found == table.of.end()) return out;
  for (const std::size_t group : found->second)
    for (const std::string& member : table.groups[group ^ 1]) out.push_back(member);
  return out;
}

bool share_beginning(std::string_view a, std::string_view b) {
  const std::size_t shorter = std::min(a.size(), b.size());
  if (shorter < 4 || a.front() != b.front()) return false;
  std::size_t shared = 1;
  while (shared < shorter && a[shared] == b[shared]) ++shared;
  if (shared < 4 || 10 * shared < 7 * std::max(a.size(), b.size())) return false;
  return a.find_first_of("0123456789") == std::string_view::npos;
}

bool are_a_slip_apart(std::string_view a, std::string_view b) {
  constexpr std::size_t kLettersMin = 5, kLettersMax = 24, kLettersForTwo = 9;
  const std::size_t shorter = std::min(a.size(), b.size()), longer = std::max(a.size(), b.size());
  const std::size_t slips = shorter >= kLettersForTwo ? 2 : 1;
  if (shorter < kLettersMin || longer > kLettersMax || longer - shorter > slips) return false;
  if (a.find_first_of("0123456789") != std::string_view::npos ||
      b.find_first_of("0123456789") != std::string_view::npos)
    return false;
  // Damerau's distance with adjacent exchanges, three rows at a time.
  std::array<std::array<std::size_t, kLettersMax + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& two_above = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({changed, above[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()] <= slips;
}

}  // namespace carrel::generate
