// collection, document, model, job: what the library holds, for the folder's operator.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/command.h"
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
                     << d["label"].get<std::string>() << "  " << d["title"].get<std::string>()
                     << "  " << d["uri"].get<std::string>() << '\n';
  return Exit::done;
}

Exit show_document(Context& context, const DocumentArguments& arguments) {
  App& app = context.app();
  server::Service service = service_of(app);
  const server::Api api(service, app.options.server);
  const json found = json::parse(
      api.document_json(caller_of(context, app, arguments.as), DocumentId{arguments.id}));
  context.call.out << found.dump(context.json ? -1 : 2) << '\n';
  return Exit::done;
}

void record(const Context& context, App& app, const std::string& action, std::int64_t document) {
  app.audit.append({.actor = "system",
                    .os_user = context.call.os_user,
                    .via = "cli",
                    .action = action,
                    .phase = "event",
                    .details = json{{"document", document}}.dump()});
}

void add_document_command(CLI::App& root, Context& context) {
  auto* document = root.add_subcommand("document", "documents: list, show, access, delete");
  document->require_subcommand(1);
  document->fallthrough();
  auto arguments = std::make_shared<DocumentArguments>();

  auto* list = document->add_subcommand("list", "what a user may read");
  list->add_option("--as", arguments->as, "whose rights apply")->required()->type_name("USER");
  list->add_option("--collection", arguments->collection)->type_name("NAME");
  list->add_option("--query", arguments->query, "contained in title or uri");
  list->add_option("--limit", arguments->limit)->check(CLI::Range(1, 100000));
  list->callback([&context, arguments] {
    context.action = [&context, arguments] { return list_documents(context, *arguments); };
  });

  auto* show = document->add_subcommand("show", "one document");
  show->add_option("ID", arguments->id)->required();
  show->add_option("--as", arguments->as, "whose rights apply")->required()->type_name("USER");
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
  rights->callback([&context, arguments] {
    context.action = [&context, arguments] {
      App& app = context.app();
      record(context, app, "document.access", arguments->id);
      app.library.writer().set_access(DocumentId{arguments->id}, arguments->acl, "");
      context.call.out << (context.json ? "{\"done\":true}\n" : "in force from the next request\n");
      return Exit::done;
    };
  });

  auto* remove = document->add_subcommand("delete", "delete a document, at once and for good");
  remove->add_option("ID", arguments->id)->required();
  remove->callback([&context, arguments] {
    context.action = [&context, arguments] {
      App& app = context.app();
      record(context, app, "document.delete", arguments->id);
      app.library.writer().remove(DocumentId{arguments->id});
      app.library.writer().commit_keywords();
      context.call.out << (context.json ? "{\"deleted\":1}\n" : "deleted\n");
      return Exit::done;
    };
  });
}

void add_collection_command(CLI::App& root, Context& context) {
  auto* collection = root.add_subcommand("collection", "collections: list, set-default");
  collection->require_subcommand(1);
  collection->fallthrough();
  auto as = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  auto acl = std::make_shared<access::AclSpec>();

  auto* list = collection->add_subcommand("list", "collections with documents a user may read");
  list->add_option("--as", *as, "whose rights apply")->required()->type_name("USER");
  list->callback([&context, as] {
    context.action = [&context, as] {
      App& app = context.app();
      server::Service service = service_of(app);
      const std::string listed =
          server::Api(service, app.options.server).collections_json(caller_of(context, app, *as));
      if (context.json) {
        context.call.out << listed << '\n';
        return Exit::done;
      }
      const json parsed = json::parse(listed);
      for (const json& one : parsed["collections"])
        context.call.out << one["name"].get<std::string>() << ": " << one["documents"]
                         << " documents\n";
      return Exit::done;
    };
  });

  auto* set = collection->add_subcommand("set-default",
                                         "rights of new documents for which nothing else is said");
  set->add_option("NAME", *name, "the collection; '' for the whole library")->required();
  set->add_option("--allow", acl->allow)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("PRINCIPAL");
  set->add_option("--deny", acl->deny)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("PRINCIPAL");
  set->add_option("--label", acl->label)->type_name("LABEL");
  set->callback([&context, name, acl] {
    context.action = [&context, name, acl] {
      App& app = context.app();
      if (acl->label.empty()) acl->label = app.options.access.default_label;
      app.audit.append({.actor = "system",
                        .os_user = context.call.os_user,
                        .via = "cli",
                        .action = "collection.set_default",
                        .phase = "event",
                        .details = json{{"collection", *name}}.dump()});
      app.library.writer().set_collection_default(*name, *acl);
      return Exit::done;
    };
  });
}

void add_model_command(CLI::App& root, Context& context) {
  auto* model = root.add_subcommand("model", "embedding models: list, train");
  model->require_subcommand(1);
  model->fallthrough();
  model->add_subcommand("list", "models and their state")->callback([&context] {
    context.action = [&context] {
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
          context.call.out << one.id.value << "  " << one.kind << "  dim " << one.dim << "  "
                           << state << "  trained on " << one.trained_on << " chunks, "
                           << one.vectors << " vectors\n";
      }
      if (context.json) context.call.out << json{{"models", all}}.dump() << '\n';
      return Exit::done;
    };
  });
  model->add_subcommand("train", "bring every embedding up to date, training if needed")
      ->callback([&context] {
        context.action = [&context] {
          App& app = context.app();
          const auto progress = context.progress();
          const auto report = app.embedder.run(*progress, context.call.cancel);
          progress->finish();
          context.call.out
              << json{{"embedded", report.embedded}, {"trained", report.trained}}.dump() << '\n';
          return Exit::done;
        };
      });
}

void add_job_command(CLI::App& root, Context& context) {
  auto* job = root.add_subcommand("job", "uploads and what became of them: list");
  job->require_subcommand(1);
  job->fallthrough();
  job->add_subcommand("list", "uploads that wait, run or have ended")->callback([&context] {
    context.action = [&context] {
      const App& app = context.app();
      json all = json::array();
      for (const auto& one : server::JobSpool(app.directory / "spool").list()) {
        all.push_back({{"job_id", one.id.value},
                       {"user", one.user},
                       {"name", one.name},
                       {"state", server::name_of(one.state)}});
        if (!context.json)
          context.call.out << one.id.value << "  " << server::name_of(one.state) << "  " << one.user
                           << "  " << one.name << '\n';
      }
      if (context.json) context.call.out << json{{"jobs", all}}.dump() << '\n';
      return Exit::done;
    };
  });
}

}  // namespace

void add_document_commands(CLI::App& root, Context& context) {
  add_document_command(root, context);
  add_collection_command(root, context);
  add_model_command(root, context);
  add_job_command(root, context);
}

}  // namespace carrel::cli
