// A SQLite VFS shim: https://www.sqlite.org/vfs.html, section 2.
#include "core/checked_pages.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

#include <sqlite3.h>

#include "core/error.h"

namespace carrel {
namespace {

constexpr const char* kName = "carrel-checked-pages";
constexpr int kPageBytesMin = 512;
constexpr int kHeaderBytes = 100;
constexpr int kHasChecksums = 0x43524C01;  // a file control of ours, beyond those of SQLite
constexpr std::size_t kReservedAt = 20;    // in the header of a database file

struct CheckedFile {
  sqlite3_file base;
  bool has_room = true;  // pages of this file end in reserved bytes; a new file's will
  sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

CheckedFile* of(sqlite3_file* file) { return reinterpret_cast<CheckedFile*>(file); }
sqlite3_file* inner(sqlite3_file* file) { return of(file)->inner(); }
sqlite3_vfs* system_vfs() { return sqlite3_vfs_find(nullptr); }

bool is_whole_page(int bytes, sqlite3_int64 at) {
  return bytes >= kPageBytesMin && std::has_single_bit(static_cast<unsigned>(bytes)) &&
         at % bytes == 0;
}

// Four lanes of multiply and rotate, as fast as memory: finds accidents, not forgery.
std::uint64_t checksum_of(const std::uint8_t* page, std::size_t bytes, sqlite3_int64 at) {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15ULL;
  std::uint64_t lanes[4] = {kOdd, ~kOdd, kOdd >> 1, static_cast<std::uint64_t>(at) + 1};
  for (std::size_t i = 0; i + 8 <= bytes; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, page + i, 8);
    std::uint64_t& lane = lanes[(i / 8) % 4];
    lane = std::rotl((lane ^ word) * kOdd, 29);
  }
  std::uint64_t out = bytes;
  for (const std::uint64_t lane : lanes) out = std::rotl((out ^ lane) * kOdd, 31);
  return out;
}

// A hole that was never written holds zeros, which no checksum does.
bool is_all_zero(const std::uint8_t* page, int bytes) {
  for (int i = 0; i < bytes; ++i)
    if (page[i] != 0) return false;
  return true;
}

int checked_read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  const int rc = inner(file)->pMethods->xRead(inner(file), to, bytes, at);
  if (rc != SQLITE_OK || !of(file)->has_room || !is_whole_page(bytes, at)) return rc;
  const auto* page = static_cast<const std::uint8_t*>(to);
  const auto content = static_cast<std::size_t>(bytes - kPageChecksumBytes);
  std::uint64_t stored;
  std::memcpy(&stored, page + content, sizeof stored);
  if (stored == checksum_of(page, content, at) || is_all_zero(page, bytes)) return SQLITE_OK;
  return SQLITE_IOERR_DATA;
}

int checked_write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  if (!of(file)->has_room || !is_whole_page(bytes, at))
    return inner(file)->pMethods->xWrite(inner(file), from, bytes, at);
  thread_local std::vector<std::uint8_t> page;
  page.resize(static_cast<std::size_t>(bytes));
  std::memcpy(page.data(), from, page.size());
  const std::size_t content = page.size() - kPageChecksumBytes;
  const std::uint64_t checksum = checksum_of(page.data(), content, at);
  std::memcpy(page.data() + content, &checksum, sizeof checksum);
  return inner(file)->pMethods->xWrite(inner(file), page.data(), bytes, at);
}

// The rest goes through as it is.
const sqlite3_io_methods kMethods = {
    .iVersion = 2,  // no memory mapping, which would go past the check
    .xClose = [](sqlite3_file* f) { return inner(f)->pMethods->xClose(inner(f)); },
    .xRead = checked_read,
    .xWrite = checked_write,
    .xTruncate = [](sqlite3_file* f,
                    sqlite3_int64 size) { return inner(f)->pMethods->xTruncate(inner(f), size); },
    .xSync = [](sqlite3_file* f, int flags) { return inner(f)->pMethods->xSync(inner(f), flags); },
    .xFileSize = [](sqlite3_file* f,
                    sqlite3_int64* size) { return inner(f)->pMethods->xFileSize(inner(f), size); },
    .xLock = [](sqlite3_file* f, int lock) { return inner(f)->pMethods->xLock(inner(f), lock); },
    .xUnlock = [](sqlite3_file* f, int l) { return inner(f)->pMethods->xUnlock(inner(f), l); },
    .xCheckReservedLock =
        [](sqlite3_file* f, int* out) {
          return inner(f)->pMethods->xCheckReservedLock(inner(f), out);
        },
    .xFileControl =
        [](sqlite3_file* f, int what, void* argument) {
          if (what == kHasChecksums) {
            *static_cast<bool*>(argument) = of(f)->has_room;
            return SQLITE_OK;
          }
          return inner(f)->pMethods->xFileControl(inner(f), what, argument);
        },
    .xSectorSize = [](sqlite3_file* f) { return inner(f)->pMethods->xSectorSize(inner(f)); },
    .xDeviceCharacteristics =
        [](sqlite3_file* f) { return inner(f)->pMethods->xDeviceCharacteristics(inner(f)); },
    .xShmMap =
        [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
          return inner(f)->pMethods->xShmMap(inner(f), page, size, extend, out);
        },
    .xShmLock =
        [](sqlite3_file* f, int first, int count, int flags) {
          return inner(f)->pMethods->xShmLock(inner(f), first, count, flags);
        },
    .xShmBarrier = [](sqlite3_file* f) { inner(f)->pMethods->xShmBarrier(inner(f)); },
    .xShmUnmap = [](sqlite3_file* f,
                    int remove) { return inner(f)->pMethods->xShmUnmap(inner(f), remove); },
    .xFetch = nullptr,
    .xUnfetch = nullptr};

int checked_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  sqlite3_vfs* system = system_vfs();
  if ((flags & SQLITE_OPEN_MAIN_DB) == 0)  // logs and temporary files
    return system->xOpen(system, name, file, flags, out_flags);
  auto* const checked = new (file) CheckedFile;
  checked->base.pMethods = nullptr;
  int rc = system->xOpen(system, name, checked->inner(), flags, out_flags);
  if (checked->inner()->pMethods != nullptr) checked->base.pMethods = &kMethods;
  if (rc != SQLITE_OK) return rc;
  // Read through SQLite's own descriptor: closing another one would drop the process's locks.
  char header[kHeaderBytes];
  rc = checked->inner()->pMethods->xRead(checked->inner(), header, kHeaderBytes, 0);
  if (rc == SQLITE_OK) checked->has_room = header[kReservedAt] == kPageChecksumBytes;
  return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : rc;
}

}  // namespace

const char* checked_pages_vfs() {
  static std::once_flag once;
  std::call_once(once, [] {
    static sqlite3_vfs vfs = *system_vfs();  // what is not replaced is the system's
    vfs.szOsFile += static_cast<int>(sizeof(CheckedFile));
    vfs.zName = kName;
    vfs.pNext = nullptr;
    vfs.xOpen = checked_open;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
      throw Error(ErrorCode::unavailable, "SQLite does not take another file system");
  });
  return kName;
}

bool has_checked_pages(sqlite3* db) {
  bool has = false;
  return sqlite3_file_control(db, "main", kHasChecksums, &has) == SQLITE_OK && has;
}

}  // namespace carrel
