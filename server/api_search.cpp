// Search and the passages that search and ask have in common.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "server/api.h"
#include "server/page_cache.h"
#include "server/passage_json.h"
#include "server/trail.h"

namespace carrel::server {

using nlohmann::json;

Api::Api(Service& service, const ServerOptions& options)
    : service_(service),
      options_(options),
      pages_(std::make_unique<PageCache>(options.page_cache_bytes_max)) {}

Api::~Api() = default;

std::string Api::search_json(const Caller& caller, const SearchRequest& request,
                             const CancelToken& cancel) const {
  const Stopwatch watch;
  if (request.top < 1 || request.top > 100)
    throw Error(ErrorCode::invalid_argument, "'top' must be from 1 to 100.");
  check_question(request.query);
  AuditTrail trail(
      service_.audit, caller, "search", {{"top", request.top}},
      request.filter.empty() ? request.query : request.query + "\nfilter: " + request.filter);
  retrieve::RetrieveOptions options;
  options.passages_max = request.top;
  options.time_max = options_.search_time_max;
  try {
    options.filter = index::parse_filter(request.filter);
    const retrieve::Retrieval found =
        retrieve_readable(service_, caller, request.query, options, cancel);
    json hits = json::array();
    int rank = 0;
    for (const retrieve::Passage& passage : found.passages) {
      ++rank;
      json hit = passage_json(passage);
      hit["rank"] = rank;
      // Only the order leaves: raw scores tell about documents that the reader may not see.
      hit["score"] = std::round(1000.0 / rank) / 1000.0;
      hit["external_id"] = passage.external_id;
      hit["collection"] = passage.collection;
      hit["label"] = passage.label;
      hits.push_back(std::move(hit));
    }
    json answer = {{"query", request.query}, {"hits", std::move(hits)}};
    if (caller.sees_timings()) answer["took_ms"] = std::round(watch.milliseconds());
    std::string text = dump(answer);
    trail.disclose(shown_json(found));
    return text;
  } catch (const Error& error) {
    trail.end(name_of(error.code()), {});
    throw;
  }
}

std::string Api::me_json(const Caller& caller) const { return dump(me(service_.access, caller)); }

std::string Api::collections_json(const Caller& caller) const {
  const access::Visibility visible = service_.access.visibility(caller.identity.user.id);
  json list = json::array();
  for (const index::CollectionInfo& c : service_.library.reader().collections(visible))
    list.push_back({{"name", c.name}, {"documents", c.documents}});
  return dump({{"collections", std::move(list)}});
}

void Api::check_label(const Caller& caller, std::string_view label) const {
  if (label.empty()) return;
  const std::vector<std::string>& labels = service_.access.labels();
  const auto wanted = std::find(labels.begin(), labels.end(), label);
  if (wanted == labels.end()) {
    const auto near = nearest_name(label, labels);
    throw Error(ErrorCode::invalid_argument, "There is no such label; the labels are " +
                                                 joined(labels) +
                                                 (near ? " (did you mean " + *near + "?)." : "."));
  }
  const auto reach = std::find(labels.begin(), labels.end(), caller.identity.user.clearance);
  if (reach == labels.end() || wanted > reach)
    throw Error(ErrorCode::denied,
                "This label is above your own clearance; ask somebody who has "
                "that clearance to set it.");
}

}  // namespace carrel::server
