// index/originals.h
//
// The accepted files as they came, content-addressed below DIR/originals and sealed, so that pages
// can be shown after the source has moved. Names are SHA-256 of the bytes: never anything a user
// wrote.
//
// Threads: all members, any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "core/hash.h"
#include "index/original_file.h"

namespace carrel::index {

class Originals {
 public:
  explicit Originals(std::filesystem::path directory);

  // Writes aside and renames; not yet on disk until sync(). Nothing happens if it is there already.
  void put(const Digest& sha256, std::string_view bytes) const;
  void sync() const;  // everything put so far is on disk. Errors: unavailable
  std::string get(const Digest& sha256) const;    // Errors: not_found, corrupt
  OriginalFile open(const Digest& sha256) const;  // the same in pieces
  bool contains(const Digest& sha256) const;
  void remove(const Digest& sha256) const;

  // Files below the folder for which `is_needed` does not hold.
  void each_unneeded(const std::function<bool(const Digest&)>& is_needed,
                     const std::function<void(const std::filesystem::path&)>& take) const;

  // Removes every file for which `is_needed` does not hold: what a crash left between writing an
  // original and committing its document, or between deleting a document and its original.
  // Returns how many. At opening only: nothing may be put meanwhile.
  std::size_t remove_unneeded(const std::function<bool(const Digest&)>& is_needed) const;

 private:
  std::filesystem::path path_of(const Digest& sha256) const;
  std::filesystem::path present(const Digest& sha256) const;  // Errors: not_found
  std::filesystem::path directory_;
};

}  // namespace carrel::index
