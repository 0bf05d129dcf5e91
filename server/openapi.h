// server/openapi.h
//
// The OpenAPI 3.1 description of the REST API, made from the route table. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace carrel::server {

const std::string& openapi_json();

// components.schemas as JSON text.
extern const std::string_view kOpenApiSchemas;

}  // namespace carrel::server
