#include "tests/system/fault_world.h"

#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "cli/command.h"
#include "cli/serving.h"
#include "core/error.h"
#include "index/erasure.h"
#include "server/api.h"
#include "server/job_runner.h"
#include "tests/support/library_fixture.h"

namespace carrel::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kDocuments = 12;
constexpr std::string_view kWaitingStage = "waiting for the library";  // as the API tells it
constexpr auto kJobPoll = std::chrono::milliseconds(2);
constexpr int kJobPolls = 5000;

void write_text(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

server::Caller caller(const cli::App& app, const std::string& name) {
  const auto user = app.access.find_user(name);
  return {{*user, user->actions, "web"}, ""};
}

DocumentId id_of(const cli::App& app, const std::string& uri) {
  const auto visible = app.access.visibility(app.access.find_user("ana")->id);
  for (const auto& d : app.library.reader().list_documents(visible, {.limit = 1000}))
    if (d.uri == uri) return d.id;
  throw Error(ErrorCode::not_found, "no document " + uri);
}

bool is_over(const server::JobStatus& status) {
  return status.job.state != server::JobState::queued &&
         status.job.state != server::JobState::running;
}

// Until every accepted upload was read, or waits for a better disk.
void finish_jobs(server::JobRunner& jobs) {
  for (int i = 0; i < kJobPolls; ++i, std::this_thread::sleep_for(kJobPoll)) {
    bool all = true;
    for (const auto& status : jobs.list())
      all = all && (is_over(status) || status.stage == kWaitingStage);
    if (all) return;
  }
  throw Error(ErrorCode::deadline, "accepted uploads are not read");
}

void upload(cli::App& app, const std::string& name, const std::string& text) {
  server::Service service = cli::service_of(app);
  server::JobRunner jobs(service, app.options.server);
  jobs.start();
  accept_upload(jobs, name, text);
  finish_jobs(jobs);
}

template <class Work>
void through_api(cli::App& app, const Work& work) {
  server::Service service = cli::service_of(app);
  const server::Api api(service, app.options.server);
  work(api, caller(app, "ana"));
}

std::string text_about(const std::string& word, int number) {
  return "The " + word + " policy number " + std::to_string(number) +
         " says how lamps, travel and budgets are kept. It was agreed by the board.\n\n"
         "A second paragraph about " +
         word + " and the annual audit follows here.\n";
}

void train_anew(cli::App& app) {
  for (int i = 0; i < 8; ++i) {
    const auto document =
        make_document("training-" + std::to_string(i), "Training",
                      {text_about("harbour", i), text_about("quay", i)}, {"everyone"});
    app.library.writer().put({&document, 1});
  }
  app.library.writer().commit_keywords();
  NoProgress silent;
  app.embedder.run(silent, CancelToken{});
}

std::vector<Operation> make_operations() {
  const auto cli = [](std::string name, std::vector<std::string> arguments) {
    return Operation{std::move(name), [arguments](cli::App& app, const fs::path& outside) {
                       command(app, outside, arguments);
                     }};
  };
  return {
      cli("ingest", {"ingest", "files", "--allow", "everyone"}),
      {"upload",
       [](cli::App& app, const fs::path&) { upload(app, "note.txt", text_about("upload", 1)); }},
      {"replace",
       [](cli::App& app, const fs::path&) {
         const auto document =
             make_document("file-4", "Replaced", {text_about("replaced", 4)}, {"everyone"});
         app.library.writer().put({&document, 1});
         app.library.writer().commit_keywords();
       }},
      {"delete",
       [](cli::App& app, const fs::path&) {
         through_api(app, [&](const server::Api& api, const server::Caller& ana) {
           api.delete_document(ana, id_of(app, "file-1"));
         });
       }},
      {"set access",
       [](cli::App& app, const fs::path&) {
         through_api(app, [&](const server::Api& api, const server::Caller& ana) {
           api.set_access_json(ana, id_of(app, "file-2"), {{"user:ana"}, {"user:ben"}, "internal"});
         });
       }},
      {"audit",
       [](cli::App& app, const fs::path&) {
         app.audit.append({.actor = "system", .action = "test", .phase = "event"}, "words");
       }},
      // Without a password, whose hash takes longer than all the rest.
      {"user",
       [](cli::App& app, const fs::path&) {
         app.access.create_user("cleo", "Cleo", "internal", {"reader"});
         app.credentials.create_key("cleo", "a key", {"search"}, std::nullopt);
       }},
      cli("collection", {"collection", "set-default", "hr", "--allow", "everyone"}),
      {"train", [](cli::App& app, const fs::path&) { train_anew(app); }},
      {"ask",
       [](cli::App& app, const fs::path&) {
         through_api(app, [&](const server::Api& api, const server::Caller& ana) {
           api.ask_json(ana, std::string("What does the policy say about lamps?"), CancelToken{});
         });
       }},
      cli("hold", {"document", "hold", "4", "--reason", "a case"}),
      cli("release", {"document", "release", "7"}),
      cli("purge", {"document", "purge", "--all"}),
      {"checkpoint",
       [](cli::App& app, const fs::path&) {
         app.library.writer().checkpoint_vectors();
         NoProgress silent;
         app.library.rebuild_derived(silent);
       }},
      {"backup",
       [](cli::App& app, const fs::path& outside) {
         if (!fs::exists(app.directory.parent_path() / "backup"))
           command(app, outside, {"backup", (app.directory.parent_path() / "backup").string()});
       }},
      {"restore",
       [](cli::App& app, const fs::path& outside) {
         const fs::path folder = app.directory.parent_path();
         if (!fs::exists(folder / "backup"))
           command(app, outside, {"backup", (folder / "backup").string()});
         if (!fs::exists(folder / "restored"))
           command(app, outside, {"restore", (folder / "backup").string()}, folder / "restored");
       }},
  };
}

// A copy of the library is as good as the library, or it is not there.
std::string judge_copy(const fs::path& copy, const Content& library) {
  const auto app = cli::App::open(copy);
  NoProgress silent;
  for (const auto& f : app->library.verify(silent))
    ADD_FAILURE() << copy << ": " << f.store << ": " << f.what;
  for (const auto& f : app->audit.verify(std::nullopt)) ADD_FAILURE() << copy << ": " << f.what;
  return FaultWorld::content_of(*app) == library ? "whole" : "other than the library";
}

}  // namespace

void accept_upload(server::JobRunner& jobs, const std::string& name, const std::string& text) {
  auto file = jobs.begin_upload();
  file->write(text);
  server::UploadJob job;
  job.user = "ana";
  job.name = name;
  job.collection = "uploads";
  job.label = "internal";
  job.allow = {"everyone"};
  jobs.accept(*file, job);
}

void command(cli::App& app, const fs::path& cwd, std::vector<std::string> arguments,
             const fs::path& data) {
  std::ostringstream out;
  std::ostringstream err;
  arguments.push_back("--data");
  arguments.push_back((data.empty() ? app.directory : data).string());
  cli::Invocation call{.arguments = std::move(arguments),
                       .cwd = cwd,
                       .os_user = "tester",
                       .input = {},
                       .error_is_terminal = false,
                       .out = out,
                       .err = err,
                       .cancel = {}};
  const int status = cli::run(call, [&](const fs::path&) -> cli::App& { return app; });
  if (status == 0) return;
  throw Error(ErrorCode::unavailable,
              err.str().empty() ? "exit " + std::to_string(status) + ": " + out.str() : err.str());
}

FaultWorld::FaultWorld()
    : template_(temp_ / "template"), copy_(temp_ / "world/lib"), outside_(temp_ / "outside") {
  write_text(outside_ / "files/one.md", "# One\n\n" + text_about("lantern", 1));
  write_text(outside_ / "files/two.txt", text_about("kettle", 2));
  write_text(outside_ / "files/deep/three.txt", text_about("anchor", 3));
  cli::App::init(template_, std::nullopt);
  write_text(template_ / "config.toml", "[log]\nlevel = \"off\"\n");
  const auto app = cli::App::open(template_);
  app->access.create_user("ana", "Ana", "restricted", {"curator"});
  app->access.create_user("ben", "Ben", "internal", {"reader"});
  for (int i = 0; i < kDocuments; ++i) {
    const auto document =
        make_document("file-" + std::to_string(i), "File " + std::to_string(i),
                      {text_about("word" + std::string(1, static_cast<char>('a' + i)), i),
                       text_about("second", i)},
                      {"everyone"});
    app->library.writer().put({&document, 1});
  }
  app->library.writer().commit_keywords();
  NoProgress silent;
  app->embedder.run(silent, CancelToken{});
  index::Erasure(app->library).hold(DocumentId{7}, "an older case", "tester");
  app->library.writer().remove(DocumentId{kDocuments});  // for a purge to remove
  app->library.writer().commit_keywords();
}

const std::vector<Operation>& FaultWorld::operations() {
  static const std::vector<Operation> all = make_operations();
  return all;
}

fs::path FaultWorld::fresh() {
  fs::remove_all(copy_.parent_path());
  fs::create_directory(copy_.parent_path());
  fs::copy(template_, copy_, fs::copy_options::recursive);
  return copy_;
}

Content FaultWorld::content_of(cli::App& app) {
  Content out;
  const auto visible = app.access.visibility(app.access.find_user("ana")->id);
  const index::Reader& reader = app.library.reader();
  for (const auto& d : reader.list_documents(visible, {.limit = 1000})) {
    const access::AclSpec acl = app.access.describe(d.acl_class);
    std::string& said = out["document " + d.uri];
    said = d.title + "|" + d.owner + "|" + acl.label;
    for (const auto& name : acl.allow) said += " +" + name;
    for (const auto& name : acl.deny) said += " -" + name;
    said += "|" + reader.text_of(visible, d.id).value_or("no text");
    said += "|" + reader.original_of(visible, d.id).value_or("no original");
    for (const auto& chunk : reader.chunks_of(visible, d.id, std::nullopt))
      said += "|" + chunk.text;
  }
  for (const auto& user : app.access.users()) out["user " + user.name] = user.clearance;
  for (const auto& hold : index::Erasure(app.library).holds())
    out["hold " + std::to_string(hold.document.value)] = hold.reason;
  if (const auto acl = app.library.writer().collection_default("hr"))
    out["default hr"] = acl->allow.at(0);
  return out;
}

Content FaultWorld::reopen(const fs::path& directory) {
  const auto app = cli::App::open(directory);
  if (app == nullptr) {
    ADD_FAILURE() << "the folder is still locked";
    return {};
  }
  {
    server::Service service = cli::service_of(*app);
    service.embedder = nullptr;
    server::JobRunner jobs(service, app->options.server);
    jobs.start();
    finish_jobs(jobs);
  }
  NoProgress silent;
  for (const auto& f : app->library.verify(silent)) ADD_FAILURE() << f.store << ": " << f.what;
  app->embedder.run(silent, CancelToken{});
  for (const auto& f : app->library.verify(silent))
    ADD_FAILURE() << "after embedding: " << f.store << ": " << f.what;
  for (const auto& f : app->audit.verify(std::nullopt)) ADD_FAILURE() << "audit: " << f.what;
  app->audit.append({.actor = "system", .action = "test", .phase = "event"});
  Content content = content_of(*app);
  const Content library = content;
  const fs::path folder = directory.parent_path();
  if (fs::exists(folder / "restored"))
    content["restored"] = judge_copy(folder / "restored", library);
  if (fs::exists(folder / "backup")) {
    const TempDir elsewhere;
    command(*app, elsewhere.path(), {"restore", (folder / "backup").string()}, elsewhere / "lib");
    content["backup"] = judge_copy(elsewhere / "lib", library);
  }
  return content;
}

std::vector<std::string> lost_things(const Content& before, const Content& after,
                                     const Content& found, bool is_acknowledged) {
  const auto value = [](const Content& content, const std::string& key) {
    const auto it = content.find(key);
    return it == content.end() ? std::string("(absent)") : it->second;
  };
  std::set<std::string> keys;
  for (const Content* content : {&before, &after, &found})
    for (const auto& [key, said] : *content) keys.insert(key);
  std::vector<std::string> out;
  for (const std::string& key : keys) {
    const std::string now = value(found, key);
    if (now == value(after, key) || (!is_acknowledged && now == value(before, key))) continue;
    out.push_back(key + " is " + now.substr(0, 60) + ", expected " +
                  value(after, key).substr(0, 60));
  }
  return out;
}

}  // namespace carrel::testing
