// server/contribution.h
//
// Where somebody may add documents. Whoever manages collections may add to any, and so make new
// ones; everybody else who may upload: to `default`, to collections whose default rights let them
// read what is added, and to those in which they can read something already. What is not there and
// what is not theirs get the same refusal.
//
// Any thread.
#pragma once

#include <string>

#include "server/api.h"
#include "server/service.h"

namespace carrel::server {

// `collection` empty: the default one. Errors: invalid_argument (no name for a collection), denied.
void check_may_add_to(Service& service, const Caller& caller, const std::string& collection);

}  // namespace carrel::server
