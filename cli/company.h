// cli/company.h
//
// The people of a company from one TOML file: groups with members, users with clearance and roles.
// Made for trying things out and for first days; what exists already is left as it is.
#pragma once

#include <filesystem>

#include "access/access_control.h"
#include "access/credentials.h"

namespace carrel::cli {

struct CompanyReport {
  std::size_t users = 0;   // made
  std::size_t groups = 0;  // made
};

// Errors: invalid_argument (names the line or the key), not_found.
CompanyReport import_company(access::AccessControl& access, access::Credentials& credentials,
                             const std::filesystem::path& file);

}  // namespace carrel::cli
