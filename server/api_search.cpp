// Search and the passages that search and ask have in common.
#include <algorithm>
#include <cmath>
#include <map>

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

namespace {

constexpr std::size_t kFacetPassages = 100;  // how far down the ranking facets count
constexpr std::size_t kFacetValuesMax = 12;

// How many documents among the best passages have each value. The reader may read all of them.
class Facets {
 public:
  void count(const index::DocumentInfo& d) {
    ++values_["collection"][d.collection];
    ++values_["type"][d.mime_type];
    ++values_["label"][d.label];
    const std::string& when = d.modified.empty() ? d.created : d.modified;
    if (when.size() >= 4) ++values_["year"][when.substr(0, 4)];
  }

  json to_json() const {
    json out = json::object();
    for (const auto& [facet, counts] : values_) {
      std::vector<std::pair<std::string, std::size_t>> ordered(counts.begin(), counts.end());
      std::stable_sort(ordered.begin(), ordered.end(), [&](const auto& a, const auto& b) {
        return facet == "year" ? a.first > b.first : a.second > b.second;
      });
      json list = json::array();
      for (const auto& [value, documents] : ordered)
        if (list.size() < kFacetValuesMax)
          list.push_back({{"value", value}, {"documents", documents}});
      out[facet] = std::move(list);
    }
    return out;
  }

 private:
  std::map<std::string, std::map<std::string, std::size_t>> values_;
};

}  // namespace

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
  options.passages_max = request.with_facets ? std::max(request.top, kFacetPassages) : request.top;
  options.time_max = options_.search_time_max;
  try {
    options.filter = index::parse_filter(request.filter);
    retrieve::Retrieval found = retrieve_readable(service_, caller, request.query, options, cancel);
    const access::Visibility now = service_.access.visibility(caller.identity.user.id);
    std::map<DocumentId, std::string> modified;
    Facets facets;
    for (std::size_t i = 0; i < found.passages.size(); ++i) {
      const DocumentId id = found.passages[i].document;
      if (modified.contains(id)) continue;
      const auto document = service_.library.reader().find_document(now, id);
      if (document) facets.count(*document);
      modified[id] = !document                    ? ""
                     : document->modified.empty() ? document->created
                                                  : document->modified;
    }
    if (found.passages.size() > request.top) found.passages.resize(request.top);
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
      hit["modified"] = modified[passage.document];
      hits.push_back(std::move(hit));
    }
    json corrections = json::array();
    for (const retrieve::Correction& one : found.corrections)
      corrections.push_back({{"written", one.written}, {"read_as", one.read_as}});
    json answer = {{"query", request.query},
                   {"hits", std::move(hits)},
                   {"corrections", std::move(corrections)}};
    if (caller.sees_timings()) answer["took_ms"] = std::round(watch.milliseconds());
    if (request.with_facets) answer["facets"] = facets.to_json();
    std::string text = dump(answer);
    trail.disclose(shown_json(found));
    check_passages(service_, caller, found);
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
