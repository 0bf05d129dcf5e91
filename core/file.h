// core/file.h
//
// Files the careful way: descriptors that close themselves, writes that are whole or absent, and
// the lock that makes one process the owner of a data folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace carrel {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();
  int get() const { return fd_; }
  int release();
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// The whole file. Errors: not_found, unavailable (says why), too_large.
std::string read_file(const std::filesystem::path& file, std::size_t bytes_max);

// Writes aside, syncs, renames and syncs the folder: afterwards the file is the old or the new one,
// never a mixture. Mode 0600. Errors: unavailable (disk full, not writable).
void write_file_atomically(const std::filesystem::path& file, std::string_view bytes);

// The same without the syncs, for many files that the caller syncs together. A crash before that
// can leave an empty or torn file under the final name.
void replace_file_unsynced(const std::filesystem::path& file, std::string_view bytes);

// Creates the folder with mode 0700 if absent. Errors: unavailable.
void make_private_directory(const std::filesystem::path& directory);

// Holds an exclusive lock on `file` while alive; the file names the owner's process id.
class LockFile {
 public:
  // None: another process holds it. Errors: unavailable.
  static std::optional<LockFile> try_acquire(const std::filesystem::path& file);

 private:
  explicit LockFile(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

}  // namespace carrel
