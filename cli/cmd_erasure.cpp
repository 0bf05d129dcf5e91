// document hold, release, holds, expire, purge and collection retention: what may go, when it
// should, and that it is gone.
#include "cli/cmd_erasure.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/app.h"
#include "cli/audited.h"
#include "cli/command.h"
#include "index/erasure.h"
#include "ingest/purge.h"
#include "server/job_spool.h"

namespace carrel::cli {
namespace {

using nlohmann::json;

struct ErasureArguments {
  std::int64_t id = 0;
  std::string reason;
  std::string collection;
  std::int64_t days = 0;
  bool really = false;
};

Exit hold(Context& context, const ErasureArguments& arguments) {
  App& app = context.app();
  // The reason is kept with the hold; the audit log, which nothing can erase, has the number only.
  audited(context, app, "document.hold", {{"document", arguments.id}}, [&] {
    index::Erasure(app.library)
        .hold(DocumentId{arguments.id}, arguments.reason, context.call.os_user);
  });
  context.call.out << (context.json ? "{\"held\":1}\n" : "held; it cannot be deleted\n");
  return Exit::done;
}

Exit release(Context& context, const ErasureArguments& arguments) {
  App& app = context.app();
  audited(context, app, "document.release", {{"document", arguments.id}},
          [&] { index::Erasure(app.library).release(DocumentId{arguments.id}); });
  context.call.out << (context.json ? "{\"released\":1}\n" : "released\n");
  return Exit::done;
}

Exit list_holds(Context& context) {
  json list = json::array();
  for (const index::Hold& one : index::Erasure(context.app().library).holds()) {
    list.push_back({{"document_id", one.document.value},
                    {"reason", one.reason},
                    {"placed_by", one.placed_by},
                    {"since", to_rfc3339(one.since)}});
    if (!context.json)
      context.call.out << one.document.value << "  since " << to_rfc3339(one.since) << "  by "
                       << one.placed_by << "  " << one.reason << '\n';
  }
  if (context.json) context.call.out << json{{"holds", list}}.dump() << '\n';
  return Exit::done;
}

Exit set_retention(Context& context, const ErasureArguments& arguments) {
  App& app = context.app();
  const auto days =
      arguments.days == 0 ? std::nullopt : std::optional<std::int64_t>(arguments.days);
  audited(context, app, "collection.retention", {{"days", arguments.days}},
          [&] { index::Erasure(app.library).set_retention(arguments.collection, days); });
  context.call.out << (context.json ? "{\"done\":true}\n"
                       : days       ? "due documents go with: carrel document expire --delete\n"
                                    : "documents of this collection do not expire\n");
  return Exit::done;
}

Exit list_retention(Context& context) {
  json list = json::array();
  for (const index::Retention& one : index::Erasure(context.app().library).retention()) {
    list.push_back({{"collection", one.collection}, {"days", one.days}});
    if (!context.json) context.call.out << one.collection << ": " << one.days << " days\n";
  }
  if (context.json) context.call.out << json{{"retention", list}}.dump() << '\n';
  return Exit::done;
}

Exit expire(Context& context, const ErasureArguments& arguments) {
  App& app = context.app();
  json due = json::array();
  std::vector<DocumentId> free;
  for (const index::DueDocument& one : index::Erasure(app.library).due()) {
    due.push_back({{"document_id", one.document.value},
                   {"collection", one.collection},
                   {"updated_at", to_rfc3339(one.updated)},
                   {"held", one.is_held}});
    if (!one.is_held) free.push_back(one.document);
    if (!context.json)
      context.call.out << one.document.value << "  " << one.collection << "  last changed "
                       << to_rfc3339(one.updated) << (one.is_held ? "  held: it stays" : "")
                       << '\n';
  }
  std::size_t deleted = 0;
  if (arguments.really) {
    json ids = json::array();
    for (const DocumentId id : free) ids.push_back(id.value);
    audited(context, app, "document.expire", {{"documents", ids}}, [&](json& details) {
      for (const DocumentId id : free) {
        app.library.writer().remove(id);
        details["deleted"] = ++deleted;
      }
      app.library.writer().commit_keywords();
    });
  }
  if (context.json)
    context.call.out << json{{"due", due}, {"deleted", deleted}}.dump() << '\n';
  else if (arguments.really)
    context.call.out << deleted << " deleted; what they left goes with: carrel document purge\n";
  else
    context.call.out << free.size()
                     << " would be deleted; nothing was changed (--delete does it)\n";
  return Exit::done;
}

// Uploads that have ended and whose document is gone: their records hold the file's name.
std::size_t forget_uploads(App& app) {
  server::JobSpool spool(app.directory / "spool");
  std::size_t forgotten = 0;
  for (const server::UploadJob& job : spool.list()) {
    const bool has_ended =
        job.state != server::JobState::queued && job.state != server::JobState::running;
    const std::string uri = "upload:user:" + job.user + "/" + job.name;
    if (!has_ended || app.library.writer().known_file(job.collection, uri)) continue;
    spool.remove(job.id);
    ++forgotten;
  }
  return forgotten;
}

Exit purge(Context& context, const ErasureArguments& arguments) {
  App& app = context.app();
  const auto progress = context.progress();
  ingest::PurgeReport report;
  std::size_t uploads = 0;
  audited(context, app, "document.purge", json::object(), [&](json& details) {
    uploads = forget_uploads(app);
    report = ingest::purge(app.library, app.audit, arguments.really, *progress);
    details = {{"documents", report.documents},
               {"terms", report.terms},
               {"questions", report.questions},
               {"uploads", uploads}};
  });
  progress->finish();
  if (context.json)
    context.call.out << json{{"documents", report.documents},
                             {"terms", report.terms},
                             {"questions", report.questions},
                             {"uploads", uploads}}
                            .dump()
                     << '\n';
  else if (report.documents == 0 && !arguments.really)
    context.call.out << "no deleted document is waiting to be purged\n";
  else
    context.call.out << "purged " << report.documents << " deleted documents: " << report.terms
                     << " words dropped from the encoder, " << report.questions
                     << " questions that quoted them erased; backups made before still hold them\n";
  return Exit::done;
}

void add(CLI::App& parent, Context& context, const std::string& name, const std::string& what,
         const std::function<void(CLI::App&)>& options, const std::function<Exit()>& action) {
  CLI::App* command = parent.add_subcommand(name, what);
  options(*command);
  command->callback([&context, action] { context.action = action; });
}

}  // namespace

void add_erasure_commands(CLI::App& root, Context& context) {
  const auto arguments = std::make_shared<ErasureArguments>();
  ErasureArguments& a = *arguments;
  CLI::App& document = *root.get_subcommand("document");
  CLI::App& collection = *root.get_subcommand("collection");
  const auto id = [&a](CLI::App& command) { command.add_option("ID", a.id)->required(); };
  add(
      document, context, "hold", "keep a document from being deleted by anybody",
      [&](CLI::App& command) {
        id(command);
        command.add_option("--reason", a.reason, "why, for whoever looks later")->required();
        command.footer("Example:\n  carrel document hold 7 --data lib --reason \"case 2026/14\"");
      },
      [&context, arguments] { return hold(context, *arguments); });
  add(
      document, context, "release", "end a hold",
      [&](CLI::App& command) {
        id(command);
        command.footer("Example:\n  carrel document release 7 --data lib");
      },
      [&context, arguments] { return release(context, *arguments); });
  add(
      document, context, "holds", "documents that are held, and why",
      [](CLI::App& command) { command.footer("Example:\n  carrel document holds --data lib"); },
      [&context] { return list_holds(context); });
  add(
      document, context, "expire", "documents that their collection's retention has made due",
      [&](CLI::App& command) {
        command.add_flag("--delete", a.really, "delete them; without it nothing is changed");
        command.footer(
            "Held documents stay.\n\nExample:\n  carrel document expire --data lib\n"
            "  carrel document expire --delete --data lib && carrel document purge --data lib");
      },
      [&context, arguments] { return expire(context, *arguments); });
  add(
      document, context, "purge", "remove every trace of deleted documents from the data folder",
      [&](CLI::App& command) {
        command.add_flag("--all", a.really,
                         "also where nothing was deleted: what replaced versions left");
        command.footer(
            "Rewrites the catalogue and the keyword index; needs as much free disk space as they\n"
            "take. May be interrupted and run again.\n\n"
            "Example:\n  carrel document delete 7 --data lib\n  carrel document purge --data lib");
      },
      [&context, arguments] { return purge(context, *arguments); });
  add(
      collection, context, "retention", "after how many days documents are due to be deleted",
      [&](CLI::App& command) {
        command.add_option("NAME", a.collection, "the collection; none: list what is set");
        command.add_option("--days", a.days, "since the last version; 0 ends it")
            ->check(CLI::Range(std::int64_t{0}, index::Erasure::kDaysMax));
        command.footer("Example:\n  carrel collection retention minutes --days 730 --data lib");
      },
      [&context, arguments] {
        return arguments->collection.empty() ? list_retention(context)
                                             : set_retention(context, *arguments);
      });
}

}  // namespace carrel::cli
