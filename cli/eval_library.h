// cli/eval_library.h
//
// A temporary library made from a test collection the way files become one: same chunker, same
// encoder, same indexes. It lies in a folder of the system's temporary one (TMPDIR) and is removed
// with the object, however that ends.
//
// One thread builds; reading is for any.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "access/access_control.h"
#include "cli/eval_dataset.h"
#include "core/cancel.h"
#include "core/clock.h"
#include "core/progress.h"
#include "core/store.h"
#include "index/library.h"

namespace carrel::cli {

class TemporaryFolder {
 public:
  TemporaryFolder();  // Errors: unavailable
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// One user, who may read everything.
class EvalLibrary {
 public:
  EvalLibrary(const std::vector<EvalDocument>& documents, ProgressSink& progress,
              const CancelToken& cancel);

  const index::Reader& reader() const { return library_->reader(); }
  const access::AccessControl& access() const { return *access_; }
  access::Visibility visibility() const { return access_->visibility(user_); }

 private:
  void put(const std::vector<EvalDocument>& documents, ProgressSink& progress,
           const CancelToken& cancel);

  TemporaryFolder folder_;  // before what lies in it
  SystemClock clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<access::AccessControl> access_;
  std::unique_ptr<index::Library> library_;
  PrincipalId user_;
};

}  // namespace carrel::cli
