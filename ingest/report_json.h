// ingest/report_json.h
//
// An IngestReport as JSON: whole, as `carrel ingest --json` and a job's result print it, and as the
// audit log keeps it, with counts only.
#pragma once

#include <string>

#include "ingest/ingestor.h"

namespace carrel::ingest {

// {"added":n,"updated":n,"unchanged":n,"deleted":n,"failed":n,"skipped":n,"chunks":n,"pages":n,
//  "seconds":s,"failures":[{"path":..,"reason":..}],"skipped_kinds":[..],"unreadable_by_anyone":n}
std::string to_json(const IngestReport& report);
std::string counts_json(const IngestReport& report);  // no paths, no reasons

}  // namespace carrel::ingest
