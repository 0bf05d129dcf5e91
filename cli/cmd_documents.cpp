// collection, document, model, job: what the library holds, for the folder's operator.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/audited.h"
#include "cli/cmd_erasure.h"
#include "cli/command.h"
#include "cli/counted.h"
#include "cli/hit_text.h"
#include "cli/serving.h"
#include "server/api.h"
#include "server/job_spool.h"

namespace carrel::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kPageMax = 200;  // documents asked for at a time

struct DocumentArguments {
  std::string as;
  std::string collection;
  std::string query;
  std::size_t limit = 50;
  std::int64_t id = 0;
  access::AclSpec acl;
};

Exit list_documents(Context& context, const DocumentArguments& arguments) {
  App& app = context.app();
  server::Service service = service_of(app);
  const server::Api api(service, app.options.server);
  const server::Caller caller = caller_of(context, app, arguments.as);
  json list = json::array();
  server::DocumentListRequest request{arguments.collection, arguments.query, "", 0};
  do {
    request.limit = std::min<std::size_t>(arguments.limit - list.size(), kPageMax);
    const json page = json::parse(api.documents_json(caller, request));
    for (const json& d : page["documents"]) list.push_back(d);
    request.after = page["next"].is_string() ? page["next"].get<std::string>() : "";
  } while (!request.after.empty() && list.size() < arguments.limit);
  if (context.json) {
    context.call.out << json{{"documents", list}}.dump() << '\n';
    return Exit::done;
  }
  for (const json& d : list)
    context.call.out << d["document_id"] << "  " << d["collection"].get<std::string>() << "  "
                     << d["label"].get<std::string>() << "  "
                     << plain_line(d["title"].get<std::string>()) << "  "
                     << plain_line(d["uri"].get<std::string>()) << '\n';
  if (list.empty()) context.call.out << arguments.as << " may read no such document\n";
  return Exit::done;
}

// "title: Leave policy", a line for each thing that is known.
void tell(std::ostream& out, const json& document) {
  for (const auto& [name, value] : document.items()) {
    if (value.is_null() || (value.is_string() && value.get<std::string>().empty())) continue;
    if ((value.is_object() || value.is_array()) && value.empty()) continue;
    out << name << ": " << plain_line(value.is_string() ? value.get<std::string>() : value.dump())
        << '\n';
  }
}

Exit show_document(Context& context, const DocumentArguments& arguments) {
  App& app = context.app();
  server::Service service = service_of(app);
  const server::Api api(service, app.options.server);
  const json found = json::parse(
      api.document_json(caller_of(context, app, arguments.as), DocumentId{arguments.id}));
  if (context.json)
    context.call.out << found.dump() << '\n';
  else
    tell(context.call.out, found);
  return Exit::done;
}

Exit set_access(Context& context, const DocumentArguments& arguments) {
  App& app = context.app();
  audited(context, app, "document.access", {{"document", arguments.id}},
          [&] { app.library.writer().set_access(DocumentId{arguments.id}, arguments.acl, ""); });
  if (context.json)
    context.call.out << "{\"done\":true}\n";
  else
    context.call.out << "in force from the next request\n";
  return Exit::done;
}

Exit delete_document(Context& context, const DocumentArguments& arguments) {
  App& app = context.app();
  audited(context, app, "document.delete", {{"document", arguments.id}}, [&] {
    app.library.writer().remove(DocumentId{arguments.id});
    app.library.writer().commit_keywords();
  });
  if (context.json)
    context.call.out << "{\"deleted\":1}\n";
  else
    context.call.out << "deleted document " << arguments.id << '\n';
  return Exit::done;
}

void add_document_command(CLI::App& root, Context& context) {
  auto* document = root.add_subcommand(
      "document", "documents: list, show, access, delete, hold, expire, purge, ...");
  document->require_subcommand(1);
  document->fallthrough();
  auto arguments = std::make_shared<DocumentArguments>();

  auto* list = document->add_subcommand("list", "what a user may read");
  list->add_option("--as", arguments->as, "whose rights apply")->required()->type_name("USER");
  list->add_option("--collection", arguments->collection)->type_name("NAME");
  list->add_option("--query", arguments->query, "contained in title or uri");
  list->add_option("--limit", arguments->limit)->check(CLI::Range(1, 100000));
  list->footer("Example:\n  carrel document list --data lib --as ana --collection hr");
  list->callback([&context, arguments] {
    context.action = [&context, arguments] { return list_documents(context, *arguments); };
  });

  auto* show = document->add_subcommand("show", "one document");
  show->add_option("ID", arguments->id)->required();
  show->add_option("--as", arguments->as, "whose rights apply")->required()->type_name("USER");
  show->footer("Example:\n  carrel document show 7 --data lib --as ana");
  show->callback([&context, arguments] {
    context.action = [&context, arguments] { return show_document(context, *arguments); };
  });

  auto* rights = document->add_subcommand("access", "replace who may read a document");
  rights->add_option("ID", arguments->id)->required();
  for (const bool allow : {true, false})
    rights
        ->add_option(allow ? "--allow" : "--deny",
                     allow ? arguments->acl.allow : arguments->acl.deny)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("PRINCIPAL");
  rights->add_option("--label", arguments->acl.label)->required();
  rights->footer(
      "Example:\n  carrel document access 7 --data lib --allow group:hr --label confidential");
  rights->callback([&context, arguments] {
    context.action = [&context, arguments] { return set_access(context, *arguments); };
  });

  auto* remove = document->add_subcommand("delete", "delete a document, at once and for good");
  remove->add_option("ID", arguments->id)->required();
  remove->footer("Example:\n  carrel document delete 7 --data lib");
  remove->callback([&context, arguments] {
    context.action = [&context, arguments] { return delete_document(context, *arguments); };
  });
}

Exit list_collections(Context& context, const std::string& as) {
  App& app = context.app();
  server::Service service = service_of(app);
  const std::string listed =
      server::Api(service, app.options.server).collections_json(caller_of(context, app, as));
  if (context.json) {
    context.call.out << listed << '\n';
    return Exit::done;
  }
  const json parsed = json::parse(listed);
  for (const json& one : parsed["collections"])
    context.call.out << one["name"].get<std::string>() << ": "
                     << counted(one["documents"].get<std::uint64_t>(), "document") << '\n';
  if (parsed["collections"].empty()) context.call.out << as << " may read no document yet\n";
  return Exit::done;
}

Exit set_default(Context& context, const std::string& name, access::AclSpec acl) {
  App& app = context.app();
  if (acl.label.empty()) acl.label = app.options.access.default_label;
  audited(context, app, "collection.set_default", {{"collection", name}},
          [&] { app.library.writer().set_collection_default(name, acl); });
  if (context.json)
    context.call.out << json{{"collection", name}, {"done", true}}.dump() << '\n';
  else
    context.call.out << "new documents of "
                     << (name.empty() ? "every other collection" : "the collection " + name)
                     << " are read by "
                     << (acl.allow.empty() ? "nobody" : CLI::detail::join(acl.allow, ", "))
                     << ", label " << acl.label << '\n';
  return Exit::done;
}

void add_collection_command(CLI::App& root, Context& context) {
  auto* collection = root.add_subcommand("collection", "collections: list, set-default, retention");
  collection->require_subcommand(1);
  collection->fallthrough();
  auto as = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  auto acl = std::make_shared<access::AclSpec>();

  auto* list = collection->add_subcommand("list", "collections with documents a user may read");
  list->add_option("--as", *as, "whose rights apply")->required()->type_name("USER");
  list->footer("Example:\n  carrel collection list --data lib --as ana");
  list->callback([&context, as] {
    context.action = [&context, as] { return list_collections(context, *as); };
  });

  auto* set = collection->add_subcommand("set-default",
                                         "rights of new documents for which nothing else is said");
  set->add_option("NAME", *name, "the collection; '' for the whole library")->required();
  for (const bool allow : {true, false})
    set->add_option(allow ? "--allow" : "--deny", allow ? acl->allow : acl->deny)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name("PRINCIPAL");
  set->add_option("--label", acl->label)->type_name("LABEL");
  set->footer("Example:\n  carrel collection set-default hr --data lib --allow group:hr");
  set->callback([&context, name, acl] {
    context.action = [&context, name, acl] { return set_default(context, *name, *acl); };
  });
}

Exit list_models(Context& context) {
  App& app = context.app();
  static constexpr const char* kStates[] = {"building", "active", "retired"};
  json all = json::array();
  for (const auto& one : app.library.writer().models()) {
    const char* state = kStates[static_cast<int>(one.state)];
    all.push_back({{"id", one.id.value},
                   {"kind", one.kind},
                   {"dim", one.dim},
                   {"state", state},
                   {"trained_on", one.trained_on},
                   {"vectors", one.vectors},
                   {"created_at", to_rfc3339(one.created)}});
    if (!context.json)
      context.call.out << one.id.value << "  " << one.kind << "  dim " << one.dim << "  " << state
                       << "  trained on "
                       << counted(static_cast<std::uint64_t>(one.trained_on), "chunk") << ", "
                       << counted(static_cast<std::uint64_t>(one.vectors), "vector") << '\n';
  }
  if (context.json)
    context.call.out << json{{"models", all}}.dump() << '\n';
  else if (all.empty())
    context.call.out << "no model is trained yet; it is once documents are ingested\n";
  return Exit::done;
}

Exit train_model(Context& context) {
  App& app = context.app();
  const auto progress = context.progress();
  const auto report = app.embedder.run(*progress, context.call.cancel);
  progress->finish();
  if (context.json)
    context.call.out << json{{"embedded", report.embedded}, {"trained", report.trained}}.dump()
                     << '\n';
  else
    context.call.out << (report.trained ? "trained a new model; " : "the model in use is kept; ")
                     << counted(report.embedded, "chunk") << " embedded\n";
  return Exit::done;
}

void add_model_command(CLI::App& root, Context& context) {
  auto* model = root.add_subcommand("model", "embedding models: list, train");
  model->require_subcommand(1);
  model->fallthrough();
  auto* list = model->add_subcommand("list", "models and their state");
  list->footer("Example:\n  carrel model list --data lib");
  list->callback([&context] { context.action = [&context] { return list_models(context); }; });
  auto* train =
      model->add_subcommand("train", "bring every embedding up to date, training if needed");
  train->footer("Example:\n  carrel model train --data lib");
  train->callback([&context] { context.action = [&context] { return train_model(context); }; });
}

Exit list_jobs(Context& context) {
  const App& app = context.app();
  json all = json::array();
  for (const auto& one : server::JobSpool(app.directory / "spool").list()) {
    all.push_back({{"job_id", one.id.value},
                   {"user", one.user},
                   {"name", one.name},
                   {"state", server::name_of(one.state)}});
    if (!context.json)
      context.call.out << one.id.value << "  " << server::name_of(one.state) << "  " << one.user
                       << "  " << plain_line(one.name) << '\n';
  }
  if (context.json)
    context.call.out << json{{"jobs", all}}.dump() << '\n';
  else if (all.empty())
    context.call.out << "no uploads\n";
  return Exit::done;
}

void add_job_command(CLI::App& root, Context& context) {
  auto* job = root.add_subcommand("job", "uploads and what became of them: list");
  job->require_subcommand(1);
  job->fallthrough();
  auto* list = job->add_subcommand("list", "uploads that wait, run or have ended");
  list->footer("Example:\n  carrel job list --data lib");
  list->callback([&context] { context.action = [&context] { return list_jobs(context); }; });
}

}  // namespace

void add_document_commands(CLI::App& root, Context& context) {
  add_document_command(root, context);
  add_collection_command(root, context);
  add_erasure_commands(root, context);
  add_model_command(root, context);
  add_job_command(root, context);
}

}  // namespace carrel::cli
