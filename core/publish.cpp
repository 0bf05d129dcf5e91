#include "core/publish.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/error.h"
#include "core/file.h"

namespace carrel {
namespace {

[[noreturn]] void fail(const std::string& doing, const std::filesystem::path& path) {
  const int error = errno;
  throw Error(ErrorCode::unavailable,
              doing + " " + path.string() + ": " + std::strerror(error) +
                  (error == ENOSPC ? "; free some disk space and try again" : ""));
}

FileDescriptor open_folder(const std::filesystem::path& folder) {
  return FileDescriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

void publish_directory(const std::filesystem::path& aside, const std::filesystem::path& directory) {
  const FileDescriptor folder = open_folder(aside);
  if (!folder || ::syncfs(folder.get()) != 0) fail("cannot sync", aside);
  if (::rename(aside.c_str(), directory.c_str()) != 0) fail("cannot rename to", directory);
  const FileDescriptor parent = open_folder(directory.parent_path());
  if (!parent || ::fsync(parent.get()) != 0) fail("cannot sync the folder of", directory);
}

}  // namespace carrel
