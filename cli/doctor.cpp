#include "cli/doctor.h"

#include <nlohmann/json.hpp>
#include <ostream>
#include <thread>

#include "cli/app.h"
#include "core/error.h"
#include "ingest/sandbox.h"
#include "model/blas.h"
#include "model/cpu.h"

namespace carrel::cli {
namespace {

constexpr std::uintmax_t kFreeBytesWanted = std::uintmax_t{1} << 30;

class Report {
 public:
  Report(std::ostream& out, bool json) : out_(out), json_(json) {}
  void say(const std::string& subject, const std::string& state, const std::string& advice = {}) {
    list_.push_back({{"subject", subject}, {"state", state}, {"advice", advice}});
    if (!advice.empty()) healthy_ = false;
    if (json_) return;
    out_ << (advice.empty() ? "ok    " : "look  ") << subject << ": " << state << '\n';
    if (!advice.empty()) out_ << "      " << advice << '\n';
  }
  // Worth knowing, but as many will have it.
  void note(const std::string& subject, const std::string& state) {
    list_.push_back({{"subject", subject}, {"state", state}, {"advice", ""}});
    if (!json_) out_ << "note  " << subject << ": " << state << '\n';
  }
  bool finish() {
    if (json_) out_ << nlohmann::json{{"ok", healthy_}, {"checks", list_}}.dump() << '\n';
    return healthy_;
  }

 private:
  std::ostream& out_;
  bool json_;
  bool healthy_ = true;
  nlohmann::json list_ = nlohmann::json::array();
};

void check_folder(Report& report, const std::filesystem::path& directory) {
  std::error_code ec;
  const auto space = std::filesystem::space(directory, ec);
  if (!ec)
    report.say("disk", std::to_string(space.available >> 20) + " MiB free",
               space.available < kFreeBytesWanted ? "make room: less than 1 GiB is left" : "");
  if (!App::is_library(directory)) {
    report.say("library", "none in " + directory.string(),
               "make one with: carrel init --data " + directory.string());
    return;
  }
  try {
    const AppOptions options = load_options(directory);
    report.say("configuration", "understood");
    if (options.audit.key_file.empty())
      report.note("audit key",
                  "lies beside the log, so whoever can write both can forge records; put it "
                  "elsewhere with audit.key_file in config.toml before the first record, or keep "
                  "exported heads elsewhere (carrel audit export)");
  } catch (const Error& e) {
    report.say("configuration", "refused", e.what());
  }
}

}  // namespace

bool run_doctor(std::ostream& out, const std::filesystem::path& directory, bool json) {
  Report report(out, json);
  report.say("processor", model::cpu_name() + ", " + model::describe(model::cpu_features()) + ", " +
                              std::to_string(std::thread::hardware_concurrency()) + " threads");
  const model::BlasReport blas = model::best_blas().report();
  report.say("matrices", blas.library + ", kernel " + blas.kernel, blas.advice);
  const auto missing = ingest::sandbox_missing();
  if (missing.empty()) report.say("parsing sandbox", "all walls stand");
  for (const std::string& wall : missing) report.say("parsing sandbox", "a wall is missing", wall);
  if (!directory.empty()) check_folder(report, directory);
  return report.finish();
}

}  // namespace carrel::cli
