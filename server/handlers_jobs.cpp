// Uploads on their way into the library.
#include "core/error.h"
#include "server/handlers.h"
#include "server/job_runner.h"
#include "server/json_text.h"

namespace carrel::server::handlers {

namespace {

using nlohmann::json;

json status_json(const JobStatus& status) {
  const std::string& result = status.job.result;
  return {{"job_id", status.job.id.value},
          {"name", status.job.name},
          {"state", name_of(status.job.state)},
          {"stage", status.stage},
          {"done", status.done},
          {"total", status.total},
          {"result", result.empty() ? json(nullptr) : json::parse(result)}};
}

bool may_see(const Context& c, const JobStatus& status) {
  return status.job.user == c.caller->identity.user.name;  // a file's name may tell a secret
}

JobStatus own_job(const Context& c) {
  std::optional<JobStatus> found = c.parts.jobs.find({c.path_id("job_id")});
  if (!found || !may_see(c, *found))
    throw Error(ErrorCode::not_found, "There is no such document, or you may not read it.");
  return std::move(*found);
}

}  // namespace

void list_jobs(Context& c) {
  json list = json::array();
  for (const JobStatus& status : c.parts.jobs.list())
    if (may_see(c, status)) list.push_back(status_json(status));
  c.answer_json(dump({{"jobs", std::move(list)}}));
}

void job(Context& c) { c.answer_json(dump(status_json(own_job(c)))); }

void cancel_job(Context& c) {
  const JobStatus status = own_job(c);
  if (!c.parts.jobs.cancel(status.job.id))
    throw Error(ErrorCode::conflict, "The job has ended already.");
  c.response.status = 204;
}

}  // namespace carrel::server::handlers
