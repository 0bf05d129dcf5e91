// cli/doctor.h
//
// What this machine and configuration offer, and what is missing: processor, BLAS kernel, walls of
// the parsing sandbox, space on disk, the configuration file.
#pragma once

#include <filesystem>
#include <iosfwd>

namespace carrel::cli {

// True: nothing needs doing. `directory` may be empty.
bool run_doctor(std::ostream& out, const std::filesystem::path& directory, bool json);

}  // namespace carrel::cli
