// tests/system/fault_world.h
//
// A small library on which every way of writing is tried while the disk fails or the process dies,
// and the judge that says afterwards whether the library is whole.
//
// A library's content is a map from things ("document file-3", "user ben") to what is known of
// them. After a fault each thing must be as it was before or as it should have become, and all of
// them as they should have become where success was reported. Expectations come from runs without
// a fault on another copy.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "cli/app.h"
#include "server/job_runner.h"
#include "tests/support/testing.h"

namespace carrel::testing {

using Content = std::map<std::string, std::string>;

// What somebody does to a library. Throws, or says what was printed, where it does not succeed.
struct Operation {
  std::string name;
  std::function<void(cli::App& app, const std::filesystem::path& outside)> run;
};

inline void PrintTo(const Operation& operation, std::ostream* out) { *out << operation.name; }

class FaultWorld {
 public:
  // Makes a library of some documents and people, and files to ingest, in a temporary folder.
  FaultWorld();

  // All ways of writing, in an order in which they can follow each other.
  static const std::vector<Operation>& operations();

  // A fresh copy of the library, in a folder that has room for its backup; the one before goes.
  std::filesystem::path fresh();
  // `struck` is what a fault may strike: that folder.
  const std::filesystem::path& library() const { return copy_; }
  std::filesystem::path struck() const { return copy_.parent_path(); }
  const std::filesystem::path& outside() const { return outside_; }

  // Everything that the library holds, as its own readers tell it.
  static Content content_of(cli::App& app);

  // Opens the folder as the next start of the program would, lets it finish what it had accepted,
  // and holds every store against the truth. Complaints become test failures.
  static Content reopen(const std::filesystem::path& directory);

 private:
  TempDir temp_;
  std::filesystem::path template_;
  std::filesystem::path copy_;
  std::filesystem::path outside_;
};

// A person's upload to "uploads", readable by everyone: from here on it is promised.
void accept_upload(server::JobRunner& jobs, const std::string& name, const std::string& text);

// The carrel command, inside this process on an opened library; `data` (empty: the library's
// folder) is what --data names. Throws unless it exits with 0.
void command(cli::App& app, const std::filesystem::path& cwd, std::vector<std::string> arguments,
             const std::filesystem::path& data = {});

// Things that are neither as `before` nor as `after` tells; with `is_acknowledged` they must be as
// after.
std::vector<std::string> lost_things(const Content& before, const Content& after,
                                     const Content& found, bool is_acknowledged);

}  // namespace carrel::testing
