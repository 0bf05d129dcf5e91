// core/checked_pages.h
//
// A SQLite file system in which every page of a database file ends in a checksum of its bytes and
// its place. SQLite itself notices damage to its trees, not a flipped bit in a value: here that is
// an error when the page is read, and never a title, a label or a right that nobody wrote.
//
// A layer over SQLite's own file system: pages are stamped when they reach the database file and
// checked when they are read from it. The write-ahead log has checksums of its own. The eight bytes
// are reserved in each page when the database is made, so that other programs read it as before.
//
// Threads: as SQLite's file system.
#pragma once

struct sqlite3;

namespace carrel {

inline constexpr int kPageChecksumBytes = 8;

// The name to give to sqlite3_open_v2, for databases that were made with such pages.
// Registers the file system the first time.
const char* checked_pages_vfs();

// Of a connection that was opened with it: whether the database's pages have room for checksums, or
// it is still empty. Where not, the connection must be closed and opened without it.
bool has_checked_pages(sqlite3* db);

}  // namespace carrel
