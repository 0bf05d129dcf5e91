// core/publish.h
//
// A folder that is filled aside and then gets its name in one step. Any thread.
#pragma once

#include <filesystem>

namespace carrel {

// Gives a finished folder its name: everything in it is on disk before it appears as `directory`,
// which must be absent or empty. Errors: unavailable.
void publish_directory(const std::filesystem::path& aside, const std::filesystem::path& directory);

}  // namespace carrel
