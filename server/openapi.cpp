#include "server/openapi.h"

#include <algorithm>

#include "server/json_text.h"
#include "server/route.h"

namespace carrel::server {

using nlohmann::json;

namespace {

json reference(std::string_view schema) {
  return {{"$ref", "#/components/schemas/" + std::string(schema)}};
}

json parameters_of(const Route& route) {
  json out = json::array();
  for (std::string_view rest = route.pattern; rest.find('{') != std::string_view::npos;) {
    rest.remove_prefix(rest.find('{') + 1);
    const std::string_view name = rest.substr(0, rest.find('}'));
    json schema = {{"type", "string"}};
    if (name.ends_with("_id") || name == "page") schema = {{"type", "integer"}, {"minimum", 1}};
    out.push_back(
        {{"name", name}, {"in", "path"}, {"required", true}, {"schema", std::move(schema)}});
  }
  for (const Parameter& p : route.query) {
    json schema = {{"type", p.type}};
    if (p.type == "array") schema["items"] = {{"type", "string"}};
    out.push_back({{"name", p.name},
                   {"in", "query"},
                   {"required", p.is_required},
                   {"description", p.description},
                   {"schema", std::move(schema)}});
  }
  return out;
}

json operation_of(const Route& route) {
  json out = {{"summary", route.summary}, {"parameters", parameters_of(route)}};
  json answer = {{"description", "Done."}};
  if (!route.response_schema.empty())
    answer["content"][std::string(route.response_type)]["schema"] =
        reference(route.response_schema);
  else if (route.response_status != 204)
    answer["content"][std::string(route.response_type)]["schema"] = {{"type", "string"},
                                                                     {"format", "binary"}};
  if (route.pattern == "/api/v1/ask")
    answer["content"]["text/event-stream"]["schema"] = {
        {"type", "string"},
        {"description", "Events: sources, sentence (each checked), then done or error."}};
  out["responses"][std::to_string(route.response_status)] = std::move(answer);
  out["responses"]["default"] = {
      {"description", "What went wrong."},
      {"content", {{"application/problem+json", {{"schema", reference("Problem")}}}}}};
  if (route.body == Body::json)
    out["requestBody"] = {
        {"required", true},
        {"content", {{"application/json", {{"schema", reference(route.request_schema)}}}}}};
  if (route.body == Body::upload)
    out["requestBody"] = {{"required", true},
                          {"content", {{"application/octet-stream", json::object()}}}};
  if (route.auth == Auth::open) out["security"] = json::array();
  if (route.action) out["x-carrel-action"] = access::name_of(*route.action);
  out["x-carrel-audited"] = route.is_audited;
  return out;
}

std::string make() {
  json paths = json::object();
  for (const Route& route : routes()) {
    if (!route.is_api()) continue;
    std::string method(route.method);
    std::transform(method.begin(), method.end(), method.begin(),
                   [](char ch) { return static_cast<char>(ch - 'A' + 'a'); });
    paths[std::string(route.pattern)][method] = operation_of(route);
  }
  json schemes = {{"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "carrel_session"}}},
                  {"key", {{"type", "http"}, {"scheme", "bearer"}}}};
  return dump(
      {{"openapi", "3.1.0"},
       {"info",
        {{"title", "Carrel"},
         {"version", "1"},
         {"description",
          "Offsets count Unicode code points. A request that changes something and is "
          "signed in by cookie carries X-Carrel-Request: 1."}}},
       {"paths", std::move(paths)},
       {"security", json::array({{{"session", json::array()}}, {{"key", json::array()}}})},
       {"components",
        {{"schemas", json::parse(kOpenApiSchemas)}, {"securitySchemes", std::move(schemes)}}}});
}

}  // namespace

const std::string& openapi_json() {
  static const std::string text = make();
  return text;
}

}  // namespace carrel::server
