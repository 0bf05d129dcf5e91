#include "ingest/report_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace carrel::ingest {
namespace {

using nlohmann::ordered_json;

ordered_json counts(const IngestReport& report) {
  return {{"added", report.added},
          {"updated", report.updated},
          {"unchanged", report.unchanged},
          {"deleted", report.deleted},
          {"failed", report.failed},
          {"skipped", report.skipped},
          {"chunks", report.chunks},
          {"pages", report.pages},
          {"seconds", std::round(report.seconds * 1000) / 1000}};
}

std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string counts_json(const IngestReport& report) { return dump(counts(report)); }

std::string to_json(const IngestReport& report) {
  ordered_json out = counts(report);
  out["failures"] = ordered_json::array();
  for (const IngestFailure& failure : report.failures)
    out["failures"].push_back({{"path", failure.path}, {"reason", failure.reason}});
  out["skipped_kinds"] = report.skipped_kinds;
  out["unreadable_by_anyone"] = report.unreadable_by_anyone;
  return dump(out);
}

}  // namespace carrel::ingest
