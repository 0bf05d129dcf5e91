// init, ingest, verify, doctor: the commands that make a library and look after it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/app.h"
#include "cli/command.h"
#include "cli/counted.h"
#include "cli/doctor.h"
#include "cli/hit_text.h"
#include "index/erasure.h"
#include "index/repair.h"
#include "ingest/report_json.h"
#include "server/job_spool.h"

namespace carrel::cli {
namespace {

struct IngestArguments {
  std::vector<std::string> paths;
  ingest::IngestRequest request;
  bool no_embed = false;
};

void require_data(const Context& context) {
  if (context.data.empty())
    throw Error(ErrorCode::invalid_argument, "say which library with --data DIR (or CARREL_DATA)");
}

bool took_nothing(const ingest::IngestReport& report) {
  return report.failed > 0 && report.added + report.updated + report.unchanged == 0;
}

void tell(std::ostream& out, const ingest::IngestReport& report) {
  out << report.added << " added, " << report.updated << " updated, " << report.unchanged
      << " unchanged, " << report.deleted << " deleted, " << report.failed << " failed, "
      << report.skipped << " skipped; " << counted(report.chunks, "chunk") << ", "
      << counted(report.pages, "page") << " in " << std::lround(report.seconds * 10) / 10.0
      << " s\n";
  for (const auto& kind : report.skipped_kinds) out << "  skipped: " << plain_line(kind) << '\n';
  for (const auto& failure : report.failures)
    out << "  failed: " << plain_line(failure.path) << ": " << plain_line(failure.reason) << '\n';
  if (report.failed > 0)
    out << (took_nothing(report) ? "nothing could be taken\n"
                                 : counted(report.failed, "file") +
                                       " could not be taken, as said above; all others are in the "
                                       "library\n");
  if (report.unreadable_by_anyone > 0)
    out << "  note: nobody can read " << report.unreadable_by_anyone
        << " of these documents; give rights with --allow, a carrel.toml, or\n"
           "        carrel collection set-default\n";
}

Exit ingest_paths(Context& context, IngestArguments& arguments) {
  App& app = context.app();
  for (const std::string& path : arguments.paths)
    arguments.request.paths.push_back(context.resolve(path));
  const auto progress = context.progress();
  app.parsers.warm();  // before the first file, not once for each
  const auto report = app.ingestor.run(arguments.request, *progress, context.call.cancel);
  progress->finish();
  app.audit.append({.actor = "system",
                    .os_user = context.call.os_user,
                    .via = "cli",
                    .action = "ingest",
                    .phase = "event",
                    .details = ingest::counts_json(report)});
  if (!arguments.no_embed) app.embedder.run(*progress, context.call.cancel);
  progress->finish();
  if (context.json)
    context.call.out << ingest::to_json(report) << '\n';
  else
    tell(context.call.out, report);
  return took_nothing(report) ? Exit::failed : Exit::done;
}

// Accepted uploads are promised, so a job that cannot be read is damage too.
void verify_spool(const App& app, std::vector<index::VerifyFinding>& findings) {
  const std::filesystem::path folder = app.directory / "spool";
  const server::JobSpool spool(folder);
  for (const server::UploadJob& job : spool.list()) {
    const bool waits =
        job.state == server::JobState::queued || job.state == server::JobState::running;
    std::error_code ec;
    if (waits && !std::filesystem::exists(spool.bytes_path(job.id), ec))
      findings.push_back({"spool", "the file of the accepted upload " +
                                       std::to_string(job.id.value) +
                                       " is gone; ask for it to be uploaded again"});
  }
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ec))
    if (entry.path().extension() == ".unreadable")
      findings.push_back({"spool", "the upload " + entry.path().stem().stem().string() +
                                       " has a damaged record and was set aside; ask for it to be "
                                       "uploaded again and delete the file"});
}

Exit verify(Context& context, bool repair) {
  App& app = context.app();
  const auto progress = context.progress();
  std::vector<std::string> repaired;
  if (repair) {
    app.audit.append({.actor = "system",
                      .os_user = context.call.os_user,
                      .via = "cli",
                      .action = "verify.repair",
                      .phase = "event",
                      .details = "{}"});
    repaired = index::repair(app.library, *progress);
    const auto report = app.embedder.run(*progress, context.call.cancel);
    if (report.embedded > 0)
      repaired.push_back("vectors: " + std::to_string(report.embedded) + " embeddings made");
  }
  auto findings = app.library.verify(*progress);
  for (const auto& finding : app.audit.verify(std::nullopt))
    findings.push_back({"audit", finding.what});
  verify_spool(app, findings);
  const std::size_t pending = index::Erasure(app.library).pending().size();
  progress->finish();
  if (context.json) {
    auto list = nlohmann::json::array();
    for (const auto& f : findings) list.push_back({{"store", f.store}, {"what", f.what}});
    context.call.out << nlohmann::json{{"ok", findings.empty()},
                                       {"findings", list},
                                       {"repaired", repaired},
                                       {"to_purge", pending}}
                            .dump()
                     << '\n';
    return findings.empty() ? Exit::done : Exit::failed;
  }
  for (const std::string& what : repaired) context.call.out << "repaired " << what << '\n';
  for (const auto& f : findings) context.call.out << f.store << ": " << f.what << '\n';
  if (findings.empty()) context.call.out << "all stores are whole and in step\n";
  if (!findings.empty() && !repair)
    context.call.out << "derived stores (keywords, vectors) can be rebuilt with --repair\n";
  if (pending > 0)
    context.call.out << pending << " deleted documents still leave traces: carrel document purge\n";
  return findings.empty() ? Exit::done : Exit::failed;
}

void add_init(CLI::App& root, Context& context) {
  auto* command = root.add_subcommand("init", "make an empty library");
  auto default_allow = std::make_shared<std::string>();
  command
      ->add_option("--default-allow", *default_allow,
                   "who may read documents for which nothing else is said: everyone, "
                   "or group:NAME, which is made")
      ->type_name("PRINCIPAL");
  command->footer("Example:\n  carrel init --data lib --default-allow everyone");
  command->callback([&context, default_allow] {
    context.action = [&context, default_allow] {
      require_data(context);
      App::init(context.data,
                default_allow->empty() ? std::nullopt : std::optional<std::string>(*default_allow));
      if (context.json) {
        context.call.out << nlohmann::json{{"data", context.data.string()}}.dump() << '\n';
        return Exit::done;
      }
      context.call.out << "made a library in " << context.data.string() << '\n';
      if (default_allow->empty())
        context.call.out << "no default rights: documents are read by nobody unless --allow or a "
                            "carrel.toml says who\n";
      context.call.out << "next: carrel user add NAME --data " << context.data.string()
                       << ", then carrel ingest\n";
      return Exit::done;
    };
  });
}

void add_ingest(CLI::App& root, Context& context) {
  auto* command = root.add_subcommand("ingest", "take files and folders into the library");
  auto arguments = std::make_shared<IngestArguments>();
  auto& request = arguments->request;
  command->add_option("PATH", arguments->paths, "files and folders, read recursively")->required();
  command->add_option("--collection", request.collection, "the collection they belong to")
      ->type_name("NAME");
  command->add_option("--allow", request.allow, "who may read them; may be repeated")
      ->type_name("PRINCIPAL")
      ->take_all();
  command->add_option("--deny", request.deny, "who may not, whatever else is said")
      ->type_name("PRINCIPAL")
      ->take_all();
  command->add_option("--label", request.label, "public, internal, confidential or restricted")
      ->type_name("LABEL");
  command->add_option("--owner", request.owner, "who may manage them")->type_name("PRINCIPAL");
  command->add_flag("--prune", request.prune, "remove documents whose file is gone");
  command->add_flag("--again", request.recompute, "read even what has not changed");
  command->add_flag("--no-embed", arguments->no_embed, "leave embeddings for a later run");
  command->get_option("--allow")->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->get_option("--deny")->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->footer(
      "Unchanged files cost a hash; an interrupted run continues where it stopped.\n"
      "A carrel.toml in a folder sets collection, rights and label for the files below it.\n"
      "Files that cannot be taken are listed with the reason and cost no others: the exit status\n"
      "is 0 unless not one file could be taken (1) or the call itself is wrong (2).\n\n"
      "Example:\n  carrel ingest --data lib --collection hr --allow group:hr --label internal "
      "./hr");
  command->callback([&context, arguments] {
    context.action = [&context, arguments] { return ingest_paths(context, *arguments); };
  });
}

void add_verify(CLI::App& root, Context& context) {
  auto* command = root.add_subcommand("verify", "hold every store against the truth");
  auto repair = std::make_shared<bool>(false);
  command->add_flag("--repair", *repair, "make what is derived anew from the truth first");
  command->footer(
      "Exit status 1 where something was found.\n\nExample:\n  carrel verify --data lib --repair");
  command->callback([&context, repair] {
    context.action = [&context, repair] { return verify(context, *repair); };
  });
}

void add_doctor(CLI::App& root, Context& context) {
  auto* command = root.add_subcommand("doctor", "say what this machine and configuration offer");
  command->footer(
      "Exit status 1 where something needs a look.\n\nExample:\n  carrel doctor --data lib");
  command->callback([&context] {
    context.action = [&context] {
      return run_doctor(context.call.out, context.data, context.json) ? Exit::done : Exit::failed;
    };
  });
}

}  // namespace

void add_library_commands(CLI::App& root, Context& context) {
  add_init(root, context);
  add_ingest(root, context);
  add_verify(root, context);
  add_doctor(root, context);
}

}  // namespace carrel::cli
