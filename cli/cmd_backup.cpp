// backup, restore: the truth, the originals and the audit log, copied whole while in use.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <vector>

#include "cli/app.h"
#include "cli/command.h"
#include "core/file.h"
#include "core/publish.h"
#include "core/sqlite.h"
#include "server/job_spool.h"

namespace carrel::cli {
namespace {

namespace fs = std::filesystem;

// A folder that is being filled lies beside its later name, with this file in it, so that a crash
// leaves nothing that looks like a backup or a library, and the next try knows what it may remove.
constexpr const char* kUnfinished = "unfinished";

void require_absent(const fs::path& directory) {
  std::error_code ec;
  if (fs::exists(directory, ec) && !fs::is_empty(directory, ec))
    throw Error(ErrorCode::conflict, directory.string() + " is not empty; name a new folder");
}

void check(const std::error_code& ec, const std::string& doing) {
  if (!ec) return;
  const bool is_full = ec == std::errc::no_space_on_device;
  throw Error(ErrorCode::unavailable, doing + ": " + ec.message() +
                                          (is_full ? "; free some disk space and try again" : ""));
}

// The mark is there, or a disk failed so early that nothing else is.
bool is_left_by_us(const fs::path& aside) {
  std::error_code ec;
  if (!fs::is_directory(aside, ec)) return false;
  if (fs::exists(aside / kUnfinished, ec)) return true;
  const auto entries = fs::directory_iterator(aside, ec);
  return !ec && std::all_of(fs::begin(entries), fs::end(entries), [](const auto& entry) {
    return entry.path().filename().string().starts_with(kUnfinished);
  });
}

fs::path begin_folder(const fs::path& directory) {
  require_absent(directory);
  fs::path aside = directory;
  aside += ".unfinished";
  std::error_code ec;
  if (is_left_by_us(aside)) {
    fs::remove_all(aside, ec);
    check(ec, "cannot remove what an interrupted run left in " + aside.string());
  }
  require_absent(aside);
  make_private_directory(aside);
  write_file_atomically(aside / kUnfinished, "");
  return aside;
}

// The mark goes last: where the renaming fails, and the removing too, the next try may remove it.
void finish_folder(const fs::path& aside, const fs::path& directory) {
  std::error_code ec;
  try {
    publish_directory(aside, directory);
  } catch (const Error&) {
    fs::remove_all(aside, ec);
    throw;
  }
  fs::remove(directory / kUnfinished, ec);
}

void copy_tree(const fs::path& from, const fs::path& to) {
  std::error_code ec;
  if (!fs::exists(from, ec)) return;
  fs::copy(from, to, fs::copy_options::recursive, ec);
  check(ec, "cannot copy " + from.string());
}

// SQLite copies a consistent state of a database in use, without its free pages. The file is made
// first: where that fails, SQLite would not say why.
void copy_database(Database& db, const fs::path& to) {
  write_file_atomically(to, "");
  Statement(db, "VACUUM INTO ?").bind(1, to.string()).run();
}

// Accepted uploads that are still to be read, before the catalogue: one that is read meanwhile is
// in the catalogue's copy, and read once more it changes nothing.
void copy_waiting_uploads(const App& app, const fs::path& to) {
  const server::JobSpool from(app.directory / "spool");
  make_private_directory(to);
  for (const server::UploadJob& job : from.list()) {
    if (job.state != server::JobState::queued && job.state != server::JobState::running) continue;
    for (const fs::path& file : {from.bytes_path(job.id), from.json_path(job.id)}) {
      std::error_code ec;
      fs::copy_file(file, to / file.filename(), fs::copy_options::overwrite_existing, ec);
      if (ec != std::errc::no_such_file_or_directory) check(ec, "cannot copy an upload");
    }
  }
}

void fill_backup(App& app, const fs::path& to) {
  copy_waiting_uploads(app, to / "spool");
  app.library.writer().checkpoint_vectors();
  {
    const auto writer = app.store.write();  // nothing is accepted or deleted while originals copy
    copy_database(*writer, to / "carrel.db");
    copy_tree(app.directory / "originals", to / "originals");
    copy_tree(app.directory / "golden", to / "golden");
  }
  make_private_directory(to / "audit");
  Database audit(app.directory / "audit" / "audit.db", {.read_only = true});
  audit.execute("PRAGMA query_only = OFF");  // VACUUM INTO writes elsewhere only
  copy_database(audit, to / "audit" / "audit.db");
  std::error_code ec;
  for (const char* name : {"audit/audit.key", "config.toml"})
    if (fs::exists(app.directory / name, ec)) {
      fs::copy_file(app.directory / name, to / name, ec);
      check(ec, std::string("cannot copy ") + name);
    }
}

Exit backup(Context& context, const fs::path& to) {
  App& app = context.app();
  if (std::mismatch(app.directory.begin(), app.directory.end(), to.begin(), to.end()).first ==
      app.directory.end())
    throw Error(ErrorCode::invalid_argument, "a backup goes outside the library's own folder");
  const fs::path aside = begin_folder(to);
  fill_backup(app, aside);
  finish_folder(aside, to);
  if (context.json)
    context.call.out << nlohmann::json{{"backup", to.string()}}.dump() << '\n';
  else
    context.call.out << "backup in " << to.string()
                     << "; it holds the audit key too: keep it as safe as the library\n";
  return Exit::done;
}

Exit restore(Context& context, const fs::path& from) {
  if (!App::is_library(from)) throw Error(ErrorCode::not_found, from.string() + " is not a backup");
  if (from.extension() == ".unfinished")
    throw Error(ErrorCode::not_found, from.string() + " was never finished; use another backup");
  const fs::path aside = begin_folder(context.data);
  // A crash between the renaming and the removal of the mark leaves the mark in a whole backup.
  for (const auto& entry : fs::directory_iterator(from))
    if (entry.path().filename() != kUnfinished)
      copy_tree(entry.path(), aside / entry.path().filename());
  std::vector<index::VerifyFinding> findings;
  {
    const auto app = App::open(aside);  // rebuilds what is derived
    NoProgress silent;
    findings = app->library.verify(silent);
  }
  finish_folder(aside, context.data);
  for (const auto& f : findings) context.call.err << f.store << ": " << f.what << '\n';
  if (context.json)
    context.call.out
        << nlohmann::json{{"data", context.data.string()}, {"ok", findings.empty()}}.dump() << '\n';
  else
    context.call.out << "restored to " << context.data.string() << '\n';
  return findings.empty() ? Exit::done : Exit::failed;
}

}  // namespace

void add_backup_commands(CLI::App& root, Context& context) {
  auto directory = std::make_shared<std::string>();
  for (const bool saving : {true, false}) {
    auto* command = root.add_subcommand(
        saving ? "backup" : "restore",
        saving ? "copy the library, also while it is served" : "make a library from a backup");
    command->add_option("DIR", *directory, saving ? "a new folder" : "the backup's folder")
        ->required();
    command->footer(saving ? "Example:\n  carrel backup /backups/lib-2026-01-31 --data lib"
                           : "Example:\n  carrel restore /backups/lib-2026-01-31 --data lib-again");
    command->callback([&context, directory, saving] {
      context.action = [&context, directory, saving] {
        if (context.data.empty())
          throw Error(ErrorCode::invalid_argument, "say which library with --data DIR");
        const fs::path other = context.resolve(*directory);
        return saving ? backup(context, other) : restore(context, other);
      };
    });
  }
}

}  // namespace carrel::cli
