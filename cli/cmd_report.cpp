// report: how the library is used, counted from the audit log. The words of questions are shown
// only where asked for, and that they were is recorded.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "cli/app.h"
#include "cli/command.h"
#include "cli/counted.h"
#include "cli/hit_text.h"

namespace carrel::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kRecordsAtATime = 1000;
constexpr std::size_t kQuestionsMax = 20;  // refused ones listed

struct ReportArguments {
  int days = 30;
  bool words = false;
};

struct Usage {
  std::size_t searches = 0, questions = 0;
  std::size_t answered = 0, refused = 0, failed = 0;  // of the questions that ended
  std::set<std::string> people;                       // who searched or asked
  std::map<std::string, std::size_t> refused_words;   // question -> how often
};

class UsageCount {
 public:
  explicit UsageCount(bool words) : words_(words) {}

  void take(const access::StoredAuditRecord& stored) {
    const access::AuditRecord& record = stored.record;
    const bool asks = record.action == "ask";
    if (!asks && record.action != "search") return;
    if (record.phase == "intent") {
      ++(asks ? usage_.questions : usage_.searches);
      usage_.people.insert(record.actor);
      if (asks && words_ && stored.words) asked_[stored.id] = *stored.words;
    } else if (record.phase == "outcome" && asks) {
      end(record);
    }
  }

  const Usage& usage() const { return usage_; }

 private:
  void end(const access::AuditRecord& record) {
    const auto details = nlohmann::json::parse(record.details, nullptr, false);
    const std::string outcome =
        details.is_object() ? details.value("outcome", std::string()) : std::string();
    if (outcome == "answered") ++usage_.answered;
    if (outcome != "answered" && outcome != "abstained") ++usage_.failed;
    const auto words = asked_.find(record.intent);
    if (outcome == "abstained") {
      ++usage_.refused;
      if (words != asked_.end()) ++usage_.refused_words[plain_line(words->second)];
    }
    if (words != asked_.end()) asked_.erase(words);
  }

  bool words_;
  Usage usage_;
  std::map<AuditId, std::string> asked_;  // questions that have not ended yet
};

Usage count_usage(const access::AuditLog& log, UnixMillis since, bool words) {
  UsageCount count(words);
  access::AuditLog::Query query{.limit = kRecordsAtATime};
  for (auto page = log.list(query); !page.empty(); page = log.list(query)) {
    for (const auto& stored : page)
      if (stored.time >= since) count.take(stored);
    query.after = page.back().id;
  }
  return count.usage();
}

// Most often first; of those, in the order of the alphabet.
std::vector<std::pair<std::string, std::size_t>> most_refused(const Usage& usage) {
  std::vector<std::pair<std::string, std::size_t>> out(usage.refused_words.begin(),
                                                       usage.refused_words.end());
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  out.resize(std::min(out.size(), kQuestionsMax));
  return out;
}

void tell(std::ostream& out, const Usage& usage, int days) {
  out << "in the last " << counted(static_cast<std::uint64_t>(days), "day") << ": "
      << counted(usage.questions, "question") << " and " << usage.searches
      << (usage.searches == 1 ? " search" : " searches") << " by "
      << (usage.people.size() == 1 ? "1 person" : std::to_string(usage.people.size()) + " people")
      << '\n'
      << "  answered " << usage.answered << ", found no answer " << usage.refused << ", failed "
      << usage.failed << '\n';
  for (const auto& [words, times] : most_refused(usage))
    out << "  no answer, " << counted(times, "time") << ": " << words << '\n';
}

Exit report(Context& context, const ReportArguments& arguments) {
  App& app = context.app();
  if (arguments.words)
    app.audit.append({.actor = "system",
                      .os_user = context.call.os_user,
                      .via = "cli",
                      .action = "report.words",
                      .phase = "event",
                      .details = nlohmann::json{{"days", arguments.days}}.dump()});
  const UnixMillis since = app.clock.now() + -std::chrono::hours(24) * arguments.days;
  const Usage usage = count_usage(app.audit, since, arguments.words);
  if (!context.json) {
    tell(context.call.out, usage, arguments.days);
    return Exit::done;
  }
  ordered_json out = {{"days", arguments.days},     {"questions", usage.questions},
                      {"searches", usage.searches}, {"people", usage.people.size()},
                      {"answered", usage.answered}, {"abstained", usage.refused},
                      {"failed", usage.failed}};
  if (arguments.words) {
    out["refused_questions"] = ordered_json::array();
    for (const auto& [words, times] : most_refused(usage))
      out["refused_questions"].push_back({{"text", words}, {"times", times}});
  }
  context.call.out << out.dump() << '\n';
  return Exit::done;
}

}  // namespace

void add_report_command(CLI::App& root, Context& context) {
  auto arguments = std::make_shared<ReportArguments>();
  auto* command = root.add_subcommand("report", "how the library is used, from the audit log");
  command->add_option("--days", arguments->days, "counted back from now (default 30)")
      ->check(CLI::Range(1, 36500));
  command->add_flag("--words", arguments->words,
                    "also the questions that found no answer; recorded in the audit log");
  command->footer("Example:\n  carrel report --data lib --days 7");
  command->callback([&context, arguments] {
    context.action = [&context, arguments] { return report(context, *arguments); };
  });
}

}  // namespace carrel::cli
