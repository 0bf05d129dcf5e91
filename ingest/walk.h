// ingest/walk.h
//
// Finds the files below the paths given to ingest, each once, in an order that depends on nothing
// but their names, and reads them.
//
// A document's uri is its file's absolute path with links in the argument resolved: the same file
// is the same document, from whichever folder ingest is called. Bytes that are not UTF-8 and
// control characters are written %XX there, and a '%' before two hexadecimal digits %25, so that
// different names stay different. Its external id is the path relative to the folder that was
// given.
//
// Left out without a word: hidden files and folders, carrel.toml and company.toml, what editors and
// office programs leave behind, and data folders of Carrel. Links: one to a file that is found at
// its own place anyway adds nothing. One to a hidden file or to one whose name tells no format is
// taken if that file lies in the link's own folder or a hidden folder of it (so mounted
// configuration maps look), never otherwise: a link must not carry a document from a folder with
// narrower rules into one with wider ones. Others are counted as skipped.
//
// Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/cancel.h"

namespace carrel::ingest {

struct WalkRoot {
  std::filesystem::path folder;  // absolute, without links
  bool is_whole = true;          // false: only files of it that were given one by one
  std::vector<std::string>
      rule_folders;  // relative folders that hold a carrel.toml; "" is this one
};

struct FoundFile {
  std::uint32_t root = 0;  // in Walk::roots
  std::string path;        // relative to the root, as the system spells it
  std::string target;      // of a link: what is read, relative to the root; else empty
  std::uint64_t bytes = 0;
  std::int64_t modified_ms = 0;  // since 1970
};

struct WalkFailure {
  std::string path;
  std::string reason;
};

struct Walk {
  std::vector<WalkRoot> roots;
  std::vector<FoundFile> files;       // by uri
  std::vector<WalkFailure> failures;  // folders that cannot be listed, files that vanished
  std::vector<std::string> unread;    // uris of what failed: nothing below is known to be gone
  std::map<std::string, std::size_t> skipped;  // kind -> files

  std::string uri_of(const FoundFile& file) const;
  std::string uri_of_root(const WalkRoot& root) const;
};

struct WalkOptions {
  std::size_t files_max = 1'000'000;
  std::function<bool(std::string_view)> is_readable_name;  // of a file name
};

// Errors: invalid_argument (a path that does not exist or cannot be reached), too_large (more files
// than files_max), cancelled.
Walk walk(const std::vector<std::filesystem::path>& paths, const WalkOptions& options,
          const CancelToken& cancel);

// The file's bytes. No link is followed on the way, whatever has changed since the walk.
// Errors: not_found, too_large, unavailable, invalid_argument (no longer a regular file).
std::string read_found(const Walk& walk, const FoundFile& file, std::size_t bytes_max);

// A path as people and records see it: UTF-8, with %XX as above.
std::string readable_path(std::string_view path);

}  // namespace carrel::ingest
