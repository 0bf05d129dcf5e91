#include "index/originals.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "core/error.h"
#include "core/file.h"
#include "core/seal.h"

namespace carrel::index {

Originals::Originals(std::filesystem::path directory) : directory_(std::move(directory)) {
  make_private_directory(directory_);
}

std::filesystem::path Originals::path_of(const Digest& sha256) const {
  const std::string hex = to_hex(sha256);
  return directory_ / hex.substr(0, 2) / hex.substr(2);
}

void Originals::put(const Digest& digest, std::string_view bytes) const {
  const std::filesystem::path file = path_of(digest);
  // A file of the right name may be the torn leaving of a crash: it counts only if it opens whole.
  std::error_code ec;
  if (std::filesystem::exists(file, ec)) {
    try {
      if (sha256(get(digest)) == digest) return;
    } catch (const Error&) {
      // Unreadable: written again below.
    }
  }
  make_private_directory(file.parent_path());
  replace_file_unsynced(file, seal(bytes));
}

void Originals::sync() const {
  const FileDescriptor fd(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::syncfs(fd.get()) != 0)
    throw Error(ErrorCode::unavailable, "cannot write originals to disk; is it full?");
}

std::filesystem::path Originals::present(const Digest& digest) const {
  if (!contains(digest))
    throw Error(ErrorCode::not_found, "the original " + to_hex(digest).substr(0, 12) +
                                          "... is missing from the data folder; restore a backup");
  return path_of(digest);
}

std::string Originals::get(const Digest& digest) const {
  return unseal(read_file(present(digest), std::numeric_limits<std::size_t>::max()));
}

OriginalFile Originals::open(const Digest& digest) const {
  return OriginalFile(present(digest), digest);
}

bool Originals::contains(const Digest& digest) const {
  std::error_code ec;
  return std::filesystem::exists(path_of(digest), ec);
}

void Originals::remove(const Digest& digest) const {
  std::error_code ec;
  std::filesystem::remove(path_of(digest), ec);
}

void Originals::each_unneeded(const std::function<bool(const Digest&)>& is_needed,
                              const std::function<void(const std::filesystem::path&)>& take) const {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
    if (!entry.is_regular_file()) continue;
    const auto& path = entry.path();
    const auto bytes = from_hex(path.parent_path().filename().string() + path.filename().string());
    Digest digest{};
    if (bytes && bytes->size() == digest.size()) {
      std::copy(bytes->begin(), bytes->end(), digest.begin());
      if (is_needed(digest)) continue;
    }
    take(path);
  }
}

std::size_t Originals::remove_unneeded(const std::function<bool(const Digest&)>& is_needed) const {
  std::vector<std::filesystem::path> unneeded;
  each_unneeded(is_needed, [&](const std::filesystem::path& file) { unneeded.push_back(file); });
  std::size_t removed = 0;
  for (const auto& file : unneeded) {
    std::error_code ec;
    removed += std::filesystem::remove(file, ec) ? 1 : 0;
  }
  return removed;
}

}  // namespace carrel::index
