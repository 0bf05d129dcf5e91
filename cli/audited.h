// cli/audited.h
//
// A change that the folder's operator makes, in the audit log: the intent on disk before it is
// made, its outcome after, so that what failed does not read like what was done.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/app.h"
#include "cli/command.h"

namespace carrel::cli {

// Details hold ids and names of principals, never words. Errors: what `change` throws, recorded
// with its code first; unavailable (the intent could not be written: nothing was changed).
void audited(const Context& context, App& app, const std::string& action,
             const nlohmann::json& details, const std::function<void()>& change);

// The same, where `change` learns details of its outcome, even of one that fails half-way.
void audited(const Context& context, App& app, const std::string& action, nlohmann::json details,
             const std::function<void(nlohmann::json&)>& change);

}  // namespace carrel::cli
