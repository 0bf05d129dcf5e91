#include "ingest/walk.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/file.h"
#include "core/utf8.h"
#include "ingest/folder_rules.h"

namespace carrel::ingest {
namespace {

namespace fs = std::filesystem;

bool is_hidden(std::string_view name) { return name.starts_with('.'); }

bool has_hidden_part(std::string_view path) {
  return is_hidden(path) || path.find("/.") != std::string_view::npos;
}

// What is not a document although it may look like one.
bool is_never_a_document(std::string_view name) {
  constexpr std::array<std::string_view, 4> names = {kRuleFileName, "company.toml", "Thumbs.db",
                                                     "desktop.ini"};
  constexpr std::array<std::string_view, 5> endings = {"~", ".bak", ".tmp", ".swp", ".part"};
  return std::find(names.begin(), names.end(), name) != names.end() ||
         std::any_of(endings.begin(), endings.end(),
                     [name](std::string_view e) { return name.ends_with(e); }) ||
         name.starts_with("~$") || (name.starts_with('#') && name.ends_with('#'));
}

std::string kind_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return "no extension";
  std::string kind = readable_path(name.substr(dot));
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return kind;
}

std::string joined(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// `path` relative to `folder` if it is that or lies below; both absolute and without links.
std::optional<std::string> relative_below(const std::string& path, const std::string& folder) {
  if (path == folder) return "";
  const std::string prefix = folder == "/" ? folder : folder + "/";
  if (!path.starts_with(prefix)) return std::nullopt;
  return path.substr(prefix.size());
}

// Whether `path` lies in `folder` ("" or "a/b/") itself or in a hidden folder of it.
bool lies_with(const std::string& path, const std::string& folder) {
  if (!path.starts_with(folder)) return false;
  const std::string_view rest = std::string_view(path).substr(folder.size());
  return is_hidden(rest) || rest.find('/') == std::string_view::npos;
}

class Walker {
 public:
  Walker(const WalkOptions& options, const CancelToken& cancel)
      : options_(options), cancel_(cancel) {}

  void take_argument(const fs::path& argument) {
    std::error_code ec;
    const fs::path path = fs::canonical(argument, ec);
    if (ec) refuse_argument(argument, ec.message());
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) refuse_argument(argument, std::strerror(errno));
    if (S_ISDIR(info.st_mode)) {
      if (is_new_root(path, /*is_whole=*/true)) walk_root(add_root(path, /*is_whole=*/true));
    } else if (S_ISREG(info.st_mode)) {
      const std::uint32_t root = root_of_single_files(path.parent_path());
      take_file(root, path.filename().string(), "", info);
    } else {
      refuse_argument(argument, "neither a file nor a folder");
    }
  }

  // Sorts and drops what was reached twice; the outermost folder given has the say, because it sees
  // the most rules.
  Walk finish() {
    std::vector<std::pair<std::string, std::size_t>> order(walk_.files.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = {walk_.uri_of(walk_.files[i]), i};
    std::sort(order.begin(), order.end(), [this](const auto& a, const auto& b) {
      if (a.first != b.first) return a.first < b.first;
      return rank(walk_.files[a.second]) < rank(walk_.files[b.second]);
    });
    std::vector<FoundFile> files;
    files.reserve(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      if (i == 0 || order[i].first != order[i - 1].first)
        files.push_back(std::move(walk_.files[order[i].second]));
    walk_.files = std::move(files);
    std::sort(walk_.failures.begin(), walk_.failures.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return std::move(walk_);
  }

 private:
  [[noreturn]] static void refuse_argument(const fs::path& argument, const std::string& why) {
    throw Error(ErrorCode::invalid_argument,
                "cannot ingest " + readable_path(argument.string()) + ": " + why);
  }

  std::pair<bool, std::size_t> rank(const FoundFile& file) const {
    const WalkRoot& root = walk_.roots[file.root];
    return {!root.is_whole, root.folder.native().size()};
  }

  bool is_new_root(const fs::path& folder, bool is_whole) const {
    return std::none_of(walk_.roots.begin(), walk_.roots.end(), [&](const WalkRoot& root) {
      return root.is_whole == is_whole && root.folder == folder;
    });
  }

  std::uint32_t add_root(const fs::path& folder, bool is_whole) {
    walk_.roots.push_back({folder, is_whole, {}});
    return static_cast<std::uint32_t>(walk_.roots.size() - 1);
  }

  std::uint32_t root_of_single_files(const fs::path& folder) {
    const auto [known, is_new] = single_roots_.try_emplace(folder.native(), 0);
    if (!is_new) return known->second;
    known->second = add_root(folder, /*is_whole=*/false);
    struct stat info {};
    if (::lstat((folder / kRuleFileName).c_str(), &info) == 0)
      walk_.roots.back().rule_folders.emplace_back();
    else if (errno != ENOENT)
      refuse_argument(folder / kRuleFileName, std::strerror(errno));
    return known->second;
  }

  void walk_root(std::uint32_t root) {
    std::vector<std::string> waiting = {""};
    while (!waiting.empty()) {
      cancel_.check();
      const std::string folder = std::move(waiting.back());
      waiting.pop_back();
      const std::optional<std::vector<std::string>> names = list(root, folder);
      if (!names) continue;
      const auto has = [&](std::string_view name) {
        return std::find(names->begin(), names->end(), name) != names->end();
      };
      if (has("carrel.db")) continue;
      if (has(kRuleFileName)) walk_.roots[root].rule_folders.push_back(folder);
      for (const std::string& name : *names)
        if (!is_hidden(name)) take_entry(root, joined(folder, name), waiting);
    }
  }

  // None, and a failure noted: it cannot be listed.
  std::optional<std::vector<std::string>> list(std::uint32_t root, const std::string& folder) {
    std::error_code ec;
    std::vector<std::string> names;
    fs::directory_iterator entries(walk_.roots[root].folder / folder, ec);
    for (; !ec && entries != fs::directory_iterator(); entries.increment(ec))
      names.push_back(entries->path().filename().string());
    if (!ec) return names;
    fail(root, folder, "the folder cannot be listed: " + ec.message());
    return std::nullopt;
  }

  void take_entry(std::uint32_t root, const std::string& path, std::vector<std::string>& folders) {
    struct stat info {};
    if (::lstat((walk_.roots[root].folder / path).c_str(), &info) != 0) {
      if (errno != ENOENT) fail(root, path, std::string("cannot be read: ") + std::strerror(errno));
    } else if (S_ISDIR(info.st_mode)) {
      folders.push_back(path);
    } else if (S_ISLNK(info.st_mode)) {
      take_link(root, path);
    } else if (S_ISREG(info.st_mode)) {
      take_file(root, path, "", info);
    } else {
      ++walk_.skipped["devices, pipes and sockets"];
    }
  }

  void take_link(std::uint32_t root, const std::string& path) {
    if (is_never_a_document(name_of(path))) return;
    const fs::path& folder = walk_.roots[root].folder;
    std::error_code ec;
    const fs::path target = fs::canonical(folder / path, ec);
    struct stat info {};
    if (ec || ::lstat(target.c_str(), &info) != 0) {
      ++walk_.skipped["broken links"];
      return;
    }
    const auto inside = relative_below(target.native(), folder.native());
    if (!inside) {
      ++walk_.skipped["links that lead out of the folder"];
    } else if (!S_ISREG(info.st_mode)) {
      ++walk_.skipped["links to folders"];
    } else if (has_hidden_part(*inside) || !is_wanted(name_of(*inside))) {
      if (lies_with(*inside, path.substr(0, path.rfind('/') + 1)))
        take_file(root, path, *inside, info);
      else
        ++walk_.skipped["links to files of other folders"];
    }
  }

  bool is_wanted(std::string_view name) const {
    return !is_never_a_document(name) && options_.is_readable_name(name);
  }

  void take_file(std::uint32_t root, const std::string& path, const std::string& target,
                 const struct stat& info) {
    const std::string name = name_of(path);
    if (is_never_a_document(name)) return;
    if (!options_.is_readable_name(name)) {
      ++walk_.skipped[kind_of(name)];
      return;
    }
    if (walk_.files.size() >= options_.files_max)
      throw Error(ErrorCode::too_large, "there are more than " +
                                            std::to_string(options_.files_max) +
                                            " files; ingest one folder after the other");
    const std::int64_t modified_ms =
        std::int64_t{info.st_mtim.tv_sec} * 1000 + info.st_mtim.tv_nsec / 1'000'000;
    walk_.files.push_back(
        {root, path, target, static_cast<std::uint64_t>(info.st_size), modified_ms});
  }

  void fail(std::uint32_t root, const std::string& path, const std::string& why) {
    std::string uri = readable_path((walk_.roots[root].folder / path).native());
    while (uri.size() > 1 && uri.ends_with('/')) uri.pop_back();
    walk_.failures.push_back({uri, why});
    walk_.unread.push_back(std::move(uri));
  }

  const WalkOptions& options_;
  const CancelToken& cancel_;
  Walk walk_;
  std::map<std::string, std::uint32_t> single_roots_;
};

[[noreturn]] void fail_open(int error) {
  if (error == ENOENT) throw Error(ErrorCode::not_found, "the file has gone since it was found");
  if (error == ELOOP || error == ENOTDIR)
    throw Error(ErrorCode::invalid_argument, "the file was replaced by a link while being read");
  throw Error(ErrorCode::unavailable,
              std::string("the file cannot be opened: ") + std::strerror(error));
}

// Opens one name after the other, so that a folder swapped for a link meanwhile leads nowhere.
FileDescriptor open_without_links(const fs::path& root, std::string_view path) {
  constexpr int kFolder = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  FileDescriptor folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) fail_open(errno);
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
       slash = path.find('/')) {
    FileDescriptor next(
        ::openat(folder.get(), std::string(path.substr(0, slash)).c_str(), kFolder));
    if (!next) fail_open(errno);
    folder = std::move(next);
    path.remove_prefix(slash + 1);
  }
  FileDescriptor file(::openat(folder.get(), std::string(path).c_str(),
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) fail_open(errno);
  return file;
}

std::string read_open_file(const FileDescriptor& file, std::size_t bytes_max) {
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail_open(errno);
  if (!S_ISREG(info.st_mode))
    throw Error(ErrorCode::invalid_argument, "it is no longer a regular file");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > bytes_max)
    throw Error(ErrorCode::too_large, "the file has " + std::to_string(size >> 20) +
                                          " MB; the limit is " + std::to_string(bytes_max >> 20) +
                                          " MB");
  std::string out(size, '\0');
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t n = ::read(file.get(), out.data() + filled, out.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      throw Error(ErrorCode::unavailable,
                  std::string("the file cannot be read: ") + std::strerror(errno));
    if (n == 0) break;
    filled += static_cast<std::size_t>(n);
  }
  out.resize(filled);
  return out;
}

}  // namespace

std::string Walk::uri_of(const FoundFile& file) const {
  return readable_path((roots[file.root].folder / file.path).native());
}

std::string Walk::uri_of_root(const WalkRoot& root) const {
  return readable_path(root.folder.native());
}

Walk walk(const std::vector<fs::path>& paths, const WalkOptions& options,
          const CancelToken& cancel) {
  Walker walker(options, cancel);
  for (const fs::path& path : paths) walker.take_argument(path);
  return walker.finish();
}

std::string read_found(const Walk& walk, const FoundFile& file, std::size_t bytes_max) {
  const FileDescriptor fd = open_without_links(walk.roots[file.root].folder,
                                               file.target.empty() ? file.path : file.target);
  return read_open_file(fd, bytes_max);
}

std::string readable_path(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  std::string out;
  out.reserve(path.size());
  const auto escape = [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  };
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t begin = at;
    next_code_point(path, at);
    const std::string_view one = path.substr(begin, at - begin);
    const char c = one[0];
    const bool is_ambiguous =
        c == '%' && at + 1 < path.size() && is_hex(path[at]) && is_hex(path[at + 1]);
    if (one.size() == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f ||
                            static_cast<unsigned char>(c) >= 0x80 || is_ambiguous))
      escape(c);
    else
      out.append(one);
  }
  return out;
}

}  // namespace carrel::ingest
