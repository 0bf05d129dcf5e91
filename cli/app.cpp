#include "cli/app.h"

#include "core/error.h"

namespace carrel::cli {
namespace {

constexpr std::string_view kLockName = "lock";
constexpr std::string_view kDatabaseName = "carrel.db";

void bind(Config& config, ingest::ParseOptions& parse, ingest::IngestOptions& ingest) {
  auto& limits = parse.limits;
  using std::chrono::milliseconds;
  config.read("ingest.parsers", parse.children_max, std::size_t{1}, std::size_t{64});
  config.read("ingest.file_bytes_max", limits.file_bytes_max, std::size_t{1024},
              std::size_t{4} << 30);
  config.read("ingest.memory_bytes_max", limits.memory_bytes_max, std::size_t{256} << 20,
              std::size_t{64} << 30);
  config.read("ingest.pages_max", limits.pages_max, 1, 1'000'000);
  config.read("ingest.time_max_ms", limits.time_max, milliseconds(100), milliseconds(3'600'000));
  config.read("ingest.chunk_tokens", ingest.chunks.tokens_target, std::size_t{32},
              std::size_t{2048});
  config.read("ingest.chunk_overlap_tokens", ingest.chunks.tokens_overlap, std::size_t{0},
              std::size_t{1024});
}

void bind(Config& config, access::CredentialOptions& options) {
  using std::chrono::milliseconds;
  config.read("sessions.idle_max_ms", options.session_idle_max, milliseconds(10'000),
              milliseconds(std::chrono::hours(24 * 30)));
  config.read("sessions.age_max_ms", options.session_age_max, milliseconds(10'000),
              milliseconds(std::chrono::hours(24 * 90)));
  config.read("passwords.bytes_min", options.password_bytes_min, std::size_t{8}, std::size_t{128});
}

}  // namespace

AppOptions load_options(const std::filesystem::path& directory) {
  AppOptions options;
  options.log.level = "warning";
  Config config = Config::load(directory / "config.toml", Config::process_environment);
  config.read("log.level", options.log.level);
  config.read("log.json", options.log.json);
  config.read("access.labels", options.access.labels);
  config.read("access.default_label", options.access.default_label);
  config.read("access.default_clearance", options.access.default_clearance);
  std::string key_file;
  config.read("audit.key_file", key_file);
  options.audit.key_file = key_file;
  bind(config, options.credentials);
  bind(config, options.parse, options.ingest);
  config.read("conversations.days_kept", options.library.conversations.days_kept, std::int64_t{1},
              std::int64_t{36'500});
  config.read("embed.dim_max", options.embed.lsa.dim_max, std::size_t{16}, std::size_t{1024});
  config.read("answer.sentences_max", options.extractive.sentences_max, std::size_t{1},
              std::size_t{10});
  config.read("answer.confidence_min", options.extractive.confidence_min, 0.0, 1.0);
  server::bind(config, options.server);
  config.finish();
  return options;
}

bool App::is_library(const std::filesystem::path& directory) {
  std::error_code ec;
  return std::filesystem::exists(directory / kDatabaseName, ec);
}

std::unique_ptr<App> App::open(const std::filesystem::path& directory) {
  if (!is_library(directory))
    throw Error(ErrorCode::not_found, "there is no library in " + directory.string() +
                                          "; make one with: carrel init --data " +
                                          directory.string());
  std::error_code ec;
  if (!std::filesystem::exists(directory / "audit" / "audit.db", ec))
    throw Error(ErrorCode::corrupt, "the audit log of " + directory.string() +
                                        " is missing; put its folder 'audit' back from a backup");
  AppOptions options = load_options(directory);
  log::configure(options.log);
  auto lock = LockFile::try_acquire(directory / kLockName);
  if (!lock) return nullptr;
  return std::unique_ptr<App>(new App(directory, std::move(options), std::move(*lock)));
}

void App::init(const std::filesystem::path& directory,
               const std::optional<std::string>& default_allow) {
  if (is_library(directory))
    throw Error(ErrorCode::conflict, "there is a library in " + directory.string() + " already");
  const auto principal =
      default_allow ? std::optional(access::parse_principal(*default_allow)) : std::nullopt;
  if (principal && principal->kind == access::PrincipalKind::user)
    throw Error(ErrorCode::invalid_argument,
                "a new library has no users yet; allow everyone or a group, which is made");
  make_private_directory(directory);
  std::filesystem::permissions(directory,
                               std::filesystem::perms::owner_all);  // it may have existed
  auto lock = LockFile::try_acquire(directory / kLockName);
  if (!lock) throw Error(ErrorCode::conflict, "another process is using " + directory.string());
  App app(directory, load_options(directory), std::move(*lock));
  if (principal && principal->kind == access::PrincipalKind::group)
    app.access.create_group(principal->name);
  if (default_allow)
    app.library.writer().set_collection_default(
        "", {{*default_allow}, {}, app.options.access.default_label});
}

App::App(const std::filesystem::path& dir, AppOptions loaded, LockFile lock)
    : directory(dir),
      options(std::move(loaded)),
      lock_(std::move(lock)),
      store(dir / kDatabaseName),
      access(store, clock, options.access),
      credentials(store, access, clock, secrets, options.credentials),
      audit(dir / "audit", options.audit, clock, secrets),
      library(dir, store, access, clock, options.library),
      parsers(options.parse),
      ingestor(library, parsers, clock, options.ingest),
      embedder(library, options.embed),
      retriever(library.reader(), access),
      engine(generate::make_extractive_engine(options.extractive)) {}

}  // namespace carrel::cli
