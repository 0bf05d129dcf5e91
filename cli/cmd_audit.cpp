// audit: the record of who did what, shown, verified and exported.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/app.h"
#include "cli/command.h"
#include "cli/counted.h"
#include "cli/hit_text.h"

namespace carrel::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kHeadBytesMax = 1 << 20;

ordered_json record_json(const access::StoredAuditRecord& stored) {
  ordered_json out = {{"id", stored.id.value},        {"time", to_rfc3339(stored.time)},
                      {"actor", stored.record.actor}, {"os_user", stored.record.os_user},
                      {"via", stored.record.via},     {"action", stored.record.action},
                      {"phase", stored.record.phase}, {"intent", stored.record.intent.value},
                      {"leaf", to_hex(stored.leaf)}};
  const auto details = nlohmann::json::parse(stored.record.details, nullptr, false);
  out["details"] = details.is_discarded() ? nlohmann::json() : details;
  return out;
}

Exit show(Context& context, const access::AuditLog::Query& query, bool words) {
  App& app = context.app();
  ordered_json list = ordered_json::array();
  for (const auto& stored : app.audit.list(query)) {
    ordered_json record = record_json(stored);
    if (words && stored.words) record["words"] = *stored.words;
    if (!context.json)
      context.call.out << record["id"] << "  " << to_rfc3339(stored.time) << "  "
                       << stored.record.actor << "  " << stored.record.action << "  "
                       << stored.record.phase << "  " << stored.record.details
                       << (words && stored.words ? "  \"" + plain_line(*stored.words) + "\"" : "")
                       << '\n';
    list.push_back(std::move(record));
  }
  if (context.json) context.call.out << ordered_json{{"records", list}}.dump() << '\n';
  return Exit::done;
}

Exit verify(Context& context, const std::string& head_file) {
  App& app = context.app();
  std::optional<access::AuditHead> trusted;
  if (!head_file.empty())
    trusted = access::head_from_json(read_file(context.resolve(head_file), kHeadBytesMax));
  const auto findings = app.audit.verify(trusted);
  const std::uint64_t size = app.audit.size();
  if (context.json) {
    ordered_json list = ordered_json::array();
    for (const auto& f : findings) list.push_back({{"record", f.record}, {"what", f.what}});
    context.call.out << ordered_json{{"ok", findings.empty()},
                                     {"records", size},
                                     {"against_exported_head", trusted.has_value()},
                                     {"findings", list}}
                            .dump()
                     << '\n';
  } else if (findings.empty()) {
    context.call.out << counted(size, "record") << ", none changed, removed or reordered\n";
    if (!trusted)
      context.call.out << "(that the newest were not cut off shows only against an exported head: "
                          "--head FILE)\n";
  } else {
    for (const auto& f : findings) context.call.out << f.what << '\n';
  }
  return findings.empty() ? Exit::done : Exit::failed;
}

}  // namespace

void add_audit_commands(CLI::App& root, Context& context) {
  auto* audit = root.add_subcommand("audit", "the audit log: show, verify, export");
  audit->require_subcommand(1);
  audit->fallthrough();

  struct ShowArguments {
    access::AuditLog::Query query;
    std::int64_t after = 0;
    bool words = false;
  };
  auto arguments = std::make_shared<ShowArguments>();
  auto* show_command = audit->add_subcommand("show", "records, newest first");
  show_command->add_option("--actor", arguments->query.actor, "only this one's, as user:ana");
  show_command->add_option("--action", arguments->query.action, "only this action, as ask");
  show_command->add_option("--after", arguments->after, "only records with a larger number");
  show_command->add_option("--limit", arguments->query.limit)->check(CLI::Range(1, 1'000'000));
  show_command->add_flag("--words", arguments->words, "the questions' text too, where not erased");
  show_command->footer(
      "A change has an intent and an outcome; what failed says so in its outcome.\n\n"
      "Example:\n  carrel audit show --data lib --actor user:ana --limit 20");
  show_command->callback([&context, arguments] {
    context.action = [&context, arguments] {
      arguments->query.after = AuditId{arguments->after};
      arguments->query.newest_first = true;
      return show(context, arguments->query, arguments->words);
    };
  });

  auto head_file = std::make_shared<std::string>();
  auto* verify_command =
      audit->add_subcommand("verify", "find changed, removed, reordered or cut-off records");
  verify_command->add_option("--head", *head_file, "a head exported earlier and kept elsewhere")
      ->type_name("FILE");
  verify_command->footer("Example:\n  carrel audit verify --data lib --head head-2026-01.json");
  verify_command->callback([&context, head_file] {
    context.action = [&context, head_file] { return verify(context, *head_file); };
  });

  auto all = std::make_shared<bool>(false);
  auto* export_command =
      audit->add_subcommand("export", "the signed head, to be kept on another machine");
  export_command->add_flag("--records", *all, "all records too, one JSON object a line before it");
  export_command->footer("Example:\n  carrel audit export --data lib > head-2026-01.json");
  export_command->callback([&context, all] {
    context.action = [&context, all] {
      App& app = context.app();
      if (*all) {
        access::AuditLog::Query query{.limit = 1000};
        for (auto page = app.audit.list(query); !page.empty(); page = app.audit.list(query)) {
          for (const auto& stored : page) context.call.out << record_json(stored).dump() << '\n';
          query.after = page.back().id;
        }
      }
      context.call.out << access::to_json(app.audit.head()) << '\n';
      return Exit::done;
    };
  });
}

}  // namespace carrel::cli
