#include "tests/system/near_identical_world.h"

#include <array>
#include <fstream>

#include "core/random.h"
#include "tests/ingest/parse_testing.h"

namespace carrel::testing {
namespace {

// One page of a form: what it says around its figure, and how people ask for it. {F} is the figure,
// {P} the one of the edition before, {N} the name, {Y} and {L} this edition and the one before.
struct Topic {
  const char* heading;
  const char* before;
  const char* sentence;
  const char* after;
  std::array<const char*, 3> asks;
  double low, high;
  int decimals;
};

const std::vector<Topic>& report_topics() {
  static const std::vector<Topic> topics = {
      {"Group revenue",
       "Demand held up in our main markets, and prices followed costs with the usual delay. The "
       "second half was stronger than the first, as in earlier years.",
       "Group revenue was EUR {F} million, compared with EUR {P} million in {L}.",
       "Currency movements took away a little of what volumes added. Revenue is recognised when "
       "control of goods or services passes to the customer.",
       {"what was the group revenue", "how high was group revenue", "group revenue"},
       120,
       900,
       1},
      {"Operating profit",
       "Margins were protected by early purchasing and by savings in logistics. Start-up costs of "
       "the new site are included in the result.",
       "Operating profit before exceptional items came to EUR {F} million ({L}: EUR {P} million).",
       "Exceptional items relate to the closure of a warehouse and are shown separately in the "
       "income statement.",
       {"operating profit before exceptional items", "what operating profit was reported",
        "how much operating profit was made"},
       8,
       95,
       1},
      {"Our people",
       "We compete for skilled people in every region. Pay reviews were brought forward, and the "
       "new parental leave came into force in spring.",
       "The average number of employees during the year was {F}, against {P} in the year before.",
       "Voluntary turnover fell for the second year running, and more vacancies were filled from "
       "within.",
       {"average number of employees", "how many employees were there on average",
        "what was the average headcount of employees"},
       800,
       9000,
       0},
      {"Health and safety",
       "Nothing we do is worth an injury. Each site reviews its risks once a quarter, and every "
       "near miss is reported and discussed.",
       "The lost time injury frequency rate was {F} per million hours worked ({L}: {P}).",
       "Contractors are counted in the same way as our own staff. No fatal accident occurred.",
       {"lost time injury frequency rate", "what was the lost time injury rate",
        "how frequent were lost time injuries"},
       0.4,
       6,
       2},
      {"Climate and emissions",
       "Our targets were confirmed as being in line with the Paris agreement. The switch to "
       "renewable "
       "electricity was completed in three more countries.",
       "Direct greenhouse gas emissions (scope 1) amounted to {F} tonnes of carbon dioxide, after "
       "{P} tonnes in {L}.",
       "Emissions from purchased energy are reported by the market-based method. The data were "
       "subject to limited assurance.",
       {"scope 1 emissions", "how many tonnes of direct greenhouse gas emissions",
        "what were the direct emissions in tonnes of carbon dioxide"},
       5000,
       90000,
       0},
      {"Water",
       "Two of our sites lie in regions where water is scarce. Both now recycle what they use for "
       "cooling.",
       "Total water withdrawal was {F} cubic metres; it had been {P} cubic metres in {L}.",
       "Discharges stayed within the limits of all permits, and no fines were paid.",
       {"total water withdrawal", "how much water was withdrawn in cubic metres",
        "water withdrawal"},
       20000,
       400000,
       0},
      {"Capital expenditure",
       "Investment was concentrated on capacity and on the replacement of old equipment. The board "
       "approves every project above its threshold.",
       "Capital expenditure reached EUR {F} million, having been EUR {P} million in {L}.",
       "About a third was spent on projects that lower our use of energy. Commitments at the "
       "year end are shown in the notes.",
       {"capital expenditure", "how much was invested in capital expenditure",
        "what did capital expenditure amount to"},
       10,
       140,
       1},
      {"Dividend",
       "The board aims for a dividend that grows with earnings over the cycle, and looks at cash "
       "flow as well as at profit.",
       "A dividend of {F} cents per share is proposed for the year; {P} cents were paid for {L}.",
       "Subject to approval at the annual general meeting it will be paid in May to holders on the "
       "register at the close of business.",
       {"dividend per share", "what dividend was proposed per share",
        "how many cents of dividend per share"},
       6,
       80,
       1},
      {"Net debt and covenants",
       "The revolving credit facility was extended by a year on unchanged terms. Interest on most "
       "borrowings is fixed.",
       "Net debt at the year end stood at EUR {F} million (at the end of {L}: EUR {P} million).",
       "All covenants were met with ample headroom, and no waiver was asked for.",
       {"net debt at the year end", "how high was net debt", "net debt"},
       30,
       400,
       1},
      {"Taxation",
       "We pay tax where value is created, and hold no companies in places where we do no "
       "business.",
       "The effective tax rate was {F} per cent, compared with {P} per cent in {L}.",
       "The difference from the standard rate is explained by losses for which no deferred tax "
       "asset "
       "was recognised.",
       {"effective tax rate", "what was the effective rate of tax", "tax rate in per cent"},
       17,
       31,
       1},
      {"Pensions",
       "The defined benefit schemes are closed to new members. The trustees and the company agreed "
       "on a new schedule of contributions.",
       "The deficit of the defined benefit pension schemes was EUR {F} million ({L}: EUR {P} "
       "million).",
       "A fall of the discount rate by half a point would raise the obligation by about seven per "
       "cent.",
       {"pension deficit", "how large was the deficit of the pension schemes",
        "deficit of the defined benefit pension schemes"},
       2,
       70,
       1},
      {"Auditor",
       "The audit committee reviewed the independence of the auditor and was satisfied. A tender "
       "will be held within three years.",
       "Fees paid to the auditor for the audit were EUR {F} thousand, after EUR {P} thousand in "
       "{L}.",
       "Services other than the audit need the approval of the committee beforehand, and remained "
       "small.",
       {"audit fee", "what fees were paid to the auditor", "how much did the audit cost"},
       300,
       2400,
       0},
      {"Training",
       "Every employee has a conversation about development once a year. The academy opened its "
       "courses to apprentices.",
       "Each employee received {F} hours of training on average ({L}: {P} hours).",
       "Courses on safety and on data protection are compulsory and are counted in this figure.",
       {"hours of training per employee", "how many hours of training did each employee receive",
        "training hours"},
       9,
       48,
       1},
  };
  return topics;
}

const std::vector<Topic>& policy_topics() {
  static const std::vector<Topic> topics = {
      {"Hotels",
       "Rooms are booked through the portal, breakfast included, and paid by the company.",
       "The limit for a hotel room is EUR {F} a night; under version {L} it was EUR {P}.",
       "Where no room can be had within the limit, the manager may agree to more in writing.",
       {"hotel limit a night", "how much may a hotel room cost", "limit for a hotel room"},
       90,
       220,
       0},
      {"Private cars",
       "Trains go first. A private car is used where it saves at least an hour.",
       "The mileage rate for a private car is EUR {F} per kilometre (version {L}: EUR {P}).",
       "Parking and tolls are repaid against a receipt; fines are not.",
       {"mileage rate", "what is paid per kilometre for a private car",
        "mileage rate for a private car"},
       0.25,
       0.6,
       2},
      {"Approval",
       "Nobody approves what they have ordered or spent themselves.",
       "Amounts above EUR {F} need the approval of a director; version {L} said EUR {P}.",
       "Splitting an amount to stay below a threshold is a breach of this policy.",
       {"above which amount is a director's approval needed", "approval threshold of a director",
        "from what amount must a director approve"},
       1000,
       9000,
       0},
      {"Records",
       "Papers are kept in the archive system, not in mailboxes or on desktops.",
       "Records are kept for {F} months, where version {L} asked for {P} months.",
       "A legal hold stops every deletion until the legal department lifts it.",
       {"how many months are records kept", "retention of records in months",
        "how long are records kept"},
       12,
       120,
       0},
  };
  return topics;
}

const char* const kFiller =
    "The board considers that this section, taken together with the rest of the document, is fair, "
    "balanced and understandable. Terms are used as defined in the glossary. Figures are rounded, "
    "so "
    "that totals may differ from the sum of their parts. Statements about the future rest on what "
    "was known when they were made, and what happens may differ from them. Comparisons are with "
    "the "
    "period before unless something else is said.";

std::string figure(const Topic& topic, const std::string& name, int edition) {
  Rng rng(std::hash<std::string>{}(name + topic.heading) + static_cast<std::uint64_t>(edition));
  const double value = topic.low + (topic.high - topic.low) * rng.uniform();
  char out[32];
  std::snprintf(out, sizeof out, "%.*f", topic.decimals, value);
  std::string text = out;
  for (auto at =
           static_cast<int>(text.find('.') == std::string::npos ? text.size() : text.find('.')) - 3;
       at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string filled(std::string text, const Topic& topic, const std::string& name, int edition) {
  const std::pair<const char*, std::string> values[] = {{"{F}", figure(topic, name, edition)},
                                                        {"{P}", figure(topic, name, edition - 1)},
                                                        {"{N}", name},
                                                        {"{Y}", std::to_string(edition)},
                                                        {"{L}", std::to_string(edition - 1)}};
  for (const auto& [mark, value] : values)
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size())
      text.replace(at, 3, value);
  return text;
}

struct Page {
  std::string heading;
  std::vector<std::string> paragraphs;
};

std::string as_text(const std::vector<Page>& pages) {
  std::string out;
  for (const Page& page : pages) {
    if (!out.empty()) out += '\f';
    out += page.heading + "\n\n";
    for (const std::string& paragraph : page.paragraphs) out += paragraph + "\n\n";
  }
  return out;
}

std::string as_pdf(const std::vector<Page>& pages) {
  std::vector<std::string> contents;
  for (const Page& page : pages) {
    std::string content = ingest::set_text(60, 730, page.heading, contents.empty() ? 22 : 15, true);
    int y = 700;
    for (std::string paragraph : page.paragraphs) {
      for (const char c : {'(', ')'})
        for (std::size_t at = 0; (at = paragraph.find(c, at)) != std::string::npos; at += 2)
          paragraph.insert(at, "\\");
      while (!paragraph.empty()) {
        std::size_t end = paragraph.size() <= 90 ? paragraph.size() : paragraph.rfind(' ', 90);
        content += ingest::set_text(60, y, paragraph.substr(0, end));
        paragraph.erase(0, end == paragraph.size() ? end : end + 1);
        y -= 14;
      }
      y -= 10;
    }
    contents.push_back(std::move(content));
  }
  return ingest::make_pdf(contents);
}

struct Made {
  std::string file;
  std::string name;   // as people say it
  std::string legal;  // as the document says it
  int edition = 0;
  bool is_policy = false;
  std::vector<int> page_of_topic;
};

// The order of the pages differs from document to document, as it does between companies.
std::vector<Page> pages_of(Made& made, const std::string& cover, Rng& rng) {
  const std::vector<Topic>& topics = made.is_policy ? policy_topics() : report_topics();
  std::vector<Page> pages = {{cover, {"This document replaces the one before.", kFiller}}};
  if (!made.is_policy)
    pages.push_back({"Statement of the chair",
                     {"Dear shareholders, " + made.legal +
                          " looks back on a year of steady work. Our thanks go to "
                          "everybody who had a part in it.",
                      kFiller}});
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < topics.size(); ++i)
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(rng.below(order.size() + 1)), i);
  made.page_of_topic.assign(topics.size(), 0);
  for (const std::size_t i : order) {
    const Topic& topic = topics[i];
    pages.push_back({topic.heading,
                     {topic.before, filled(topic.sentence, topic, made.legal, made.edition),
                      topic.after, kFiller}});
    made.page_of_topic[i] = static_cast<int>(pages.size());
  }
  return pages;
}

std::string lowered(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

std::string year_spelled(int year, Rng& rng) {
  const std::string four = std::to_string(year), two = four.substr(2);
  const std::string spellings[] = {
      four, "FY" + two, "FY" + four, "fiscal " + four, "fiscal year " + four, "fy " + two};
  return spellings[rng.below(std::size(spellings))];
}

std::string question_about(const Made& made, std::string ask, Rng& rng) {
  if (made.is_policy) {
    const std::string version = std::to_string(made.edition);
    const std::string forms[] = {
        ask + " under version " + version + " of the " + lowered(made.name) + "?",
        made.name + " v" + version + ": " + ask,
        "According to the " + made.name + ", version " + version + ", " + ask + "?",
        lowered(made.name) + " rev. " + version + " " + ask};
    return forms[rng.below(std::size(forms))];
  }
  const std::string year = year_spelled(made.edition, rng);
  const std::string name = rng.chance(0.3) ? made.legal : made.name;
  const std::string forms[] = {
      name + "'s " + ask + " in " + year + "?",
      "In " + year + ", " + ask + " at " + name + "?",
      lowered(name + " " + year + " " + ask),
      ask + " according to the " + std::to_string(made.edition) + " annual report of " + name,
      ask + ", " + name + ", " + year,
      "I need the figure for " + ask + " from " + name + " (" + year + ")"};
  return forms[rng.below(std::size(forms))];
}

void write(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace

std::vector<NamedQuestion> make_near_identical(const std::filesystem::path& folder,
                                               std::uint64_t seed, std::size_t questions) {
  Rng rng(seed);
  std::vector<Made> all;
  const char* const companies[] = {
      "Northwind Energy",  "Northwind Foods", "Northwind Energy Services", "Apex Rail",
      "Apex Rail Freight", "Acme Tools",      "Bluewater Shipping",        "Bluewater Logistics",
      "Calder Paper",      "Halden Mining",   "Halden Minerals",           "Delta Water"};
  for (std::size_t c = 0; c < std::size(companies); ++c)
    for (int year = 2021; year <= 2024; ++year) {
      Made made{.name = companies[c], .legal = std::string(companies[c]) + " plc", .edition = year};
      const std::string in_year = std::to_string(year);
      std::string cover = made.legal + " Annual Report and Accounts " + in_year;
      if (c % 3 == 0) {
        made.file = "reports/" + lowered(made.name) + " " + in_year + ".pdf";
      } else if (c % 3 == 1) {  // the folder alone tells the company
        made.file = "reports/" + made.name + "/Annual Report " + in_year + ".txt";
        cover = "Annual Report and Accounts " + in_year;
      } else {  // the file's name alone tells both
        std::string joined;
        for (const char ch : made.name)
          if (ch != ' ') joined += ch;
        made.file = "reports/" + joined + "_AR_FY" + in_year.substr(2) + ".pdf";
        cover = "Annual Report and Accounts";
      }
      const std::vector<Page> pages = pages_of(made, cover, rng);
      write(folder / made.file, made.file.ends_with(".pdf") ? as_pdf(pages) : as_text(pages));
      all.push_back(std::move(made));
    }
  for (const char* policy : {"Travel policy", "Expense policy", "Procurement policy"})
    for (int version = 2; version <= 6; ++version) {
      Made made{.name = policy, .legal = policy, .edition = version, .is_policy = true};
      made.file = "policies/" + lowered(policy) + " v" + std::to_string(version) + ".pdf";
      const std::string cover = std::string(policy) + ", version " + std::to_string(version);
      write(folder / made.file, as_pdf(pages_of(made, cover, rng)));
      all.push_back(std::move(made));
    }
  std::vector<NamedQuestion> out;
  while (out.size() < questions) {
    const Made& made = all[rng.below(all.size())];
    const std::vector<Topic>& topics = made.is_policy ? policy_topics() : report_topics();
    const std::size_t topic = rng.below(topics.size());
    const std::string ask = topics[topic].asks[rng.below(3)];
    out.push_back({question_about(made, ask, rng), made.file, made.page_of_topic[topic]});
  }
  return out;
}

}  // namespace carrel::testing
