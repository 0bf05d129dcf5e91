// ingest/docx_package.h
//
// The parts of an office file that are wanted, unpacked in memory. Names of entries are compared,
// never used as paths. Bytes, entries and the ratio of packing are bounded while unpacking.
//
// One thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "ingest/parser.h"

namespace carrel::ingest {

// Errors: invalid_argument (no zip, broken, encrypted), too_large (a limit was passed).
std::map<std::string, std::string, std::less<>> unpack_docx(std::string_view bytes,
                                                            const ParseLimits& limits);

}  // namespace carrel::ingest
