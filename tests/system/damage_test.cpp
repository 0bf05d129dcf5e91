// Claim: a damaged file of any store is found and named, with what to do about it; what is derived
// is made anew from the truth; and nothing wrong is ever told as if it were right.
//
// Files are damaged one at a time in a copy of a library: a flipped bit, a page of zeros, a page of
// another place, a cut end, or the file gone; the place is drawn from the seed. CARREL_RUNS rounds.
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "cli/serving.h"
#include "core/error.h"
#include "core/random.h"
#include "tests/system/fault_world.h"

namespace carrel {
namespace {

namespace fs = std::filesystem;
using testing::Content;
using testing::FaultWorld;

constexpr std::size_t kPage = 4096;

std::string bytes_of_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

// What was done, for the trace.
std::string damage(const fs::path& file, Rng& rng) {
  std::string bytes = bytes_of_file(file);
  const std::uint64_t how = bytes.size() < 2 ? 4 : rng.below(5);
  const std::size_t at = rng.below(std::max<std::size_t>(bytes.size(), 1));
  switch (how) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << rng.below(8)));
      break;
    case 1:
      for (std::size_t i = at / kPage * kPage; i < bytes.size() && i < (at / kPage + 1) * kPage;
           ++i)
        bytes[i] = '\0';
      break;
    case 2: {
      const std::size_t from = rng.below(bytes.size()) / kPage * kPage;
      const std::string page = bytes.substr(from, kPage);
      bytes.replace(at / kPage * kPage, std::min(page.size(), bytes.size() - at / kPage * kPage),
                    page.substr(0, std::min(page.size(), bytes.size() - at / kPage * kPage)));
      break;
    }
    case 3:
      bytes.resize(at);
      break;
    default:
      fs::remove(file);
      return "removed";
  }
  write_bytes(file, bytes);
  static constexpr const char* kNames[] = {"bit flipped", "page zeroed", "page of another place",
                                           "cut"};
  return std::string(kNames[how]) + " at " + std::to_string(at);
}

bool advises(const std::string& complaint) {
  for (const char* word : {"verify", "restore", "rebuild", "backup", "repair", "put ", "again",
                           "init", "look at", "keep the folder", "carrel "})
    if (complaint.find(word) != std::string::npos) return true;
  return false;
}

struct Seen {
  std::string complaint;  // at opening or reading; empty: none
  std::vector<std::string> findings;
  std::optional<Content> content;  // none: it could not be opened or read
};

Seen look_at(const fs::path& lib) {
  Seen seen;
  try {
    const auto app = cli::App::open(lib);
    NoProgress silent;
    for (const auto& f : app->library.verify(silent))
      seen.findings.push_back(f.store + ": " + f.what);
    for (const auto& f : app->audit.verify(std::nullopt))
      seen.findings.push_back("audit: " + f.what);
    seen.content = FaultWorld::content_of(*app);
  } catch (const Error& e) {
    seen.complaint = e.what();
  } catch (const std::exception& e) {
    ADD_FAILURE() << "a foreign exception came through: " << e.what();
  }
  return seen;
}

std::vector<fs::path> files_below(const fs::path& lib, const std::string& store) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(lib))
    if (entry.is_regular_file() && fs::relative(entry.path(), lib).string().starts_with(store) &&
        entry.path().extension() != ".db-shm" && entry.path().filename() != "flintlock")
      out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

class Damage : public ::testing::TestWithParam<const char*> {};

TEST_P(Damage, IsFoundAndNamedAndNothingWrongIsTold) {
  const std::uint64_t seed = testing::test_seed();
  Rng rng(seed);
  FaultWorld world;
  const Content whole = FaultWorld::reopen(world.fresh());
  const int rounds = testing::test_runs(6);
  const std::string store = GetParam();
  int found = 0;
  for (int round = 0; round < rounds; ++round) {
    const fs::path lib = world.fresh();
    const auto files = files_below(lib, store);
    ASSERT_FALSE(files.empty());
    const fs::path file = files[rng.below(files.size())];
    const std::string what = damage(file, rng);
    SCOPED_TRACE(::testing::Message() << "CARREL_SEED=" << seed << ", round " << round << ": "
                                      << fs::relative(file, lib).string() << " " << what);
    const Seen seen = look_at(lib);
    if (!seen.complaint.empty()) {
      ++found;
      EXPECT_TRUE(advises(seen.complaint)) << seen.complaint;
    } else if (seen.findings.empty()) {
      EXPECT_EQ(seen.content, whole) << "other things are told, and nothing was found";
    } else {
      ++found;
    }
    if (HasFailure()) return;
  }
  std::cout << store << ": " << found << " of " << rounds << " found, the others without effect\n";
}

INSTANTIATE_TEST_SUITE_P(OfEveryStore, Damage,
                         ::testing::Values("carrel.db", "keywords", "originals", "audit",
                                           "vectors"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::erase(name, '.');
                           return name;
                         });

// What is derived does not keep a library from opening, and comes back from the truth.
TEST(Repair, MakesDerivedStoresAnew) {
  const std::uint64_t seed = testing::test_seed();
  Rng rng(seed);
  FaultWorld world;
  const Content whole = FaultWorld::reopen(world.fresh());
  const int rounds = testing::test_runs(6);
  for (int round = 0; round < rounds; ++round) {
    const fs::path lib = world.fresh();
    const auto files = files_below(lib, "keywords");
    const fs::path file = files[rng.below(files.size())];
    const std::string what = damage(file, rng);
    SCOPED_TRACE(::testing::Message() << "CARREL_SEED=" << seed << ", round " << round << ": "
                                      << file.filename().string() << " " << what);
    {
      Database db(lib / "carrel.db");
      db.execute("UPDATE graph_page SET data = zeroblob(length(data)) WHERE rowid % 2 = 0");
    }
    const auto app = cli::App::open(lib);
    ASSERT_NE(app, nullptr);
    testing::command(*app, lib.parent_path(), {"verify", "--repair"});
    testing::command(*app, lib.parent_path(), {"verify"});
    EXPECT_EQ(FaultWorld::content_of(*app), whole);
    if (HasFailure()) return;
  }
}

// Titles and rights are in no checksum but the page's: none may change unseen.
TEST(PageChecksums, FindAChangedLetter) {
  FaultWorld world;
  const fs::path lib = world.fresh();
  {
    Database db(lib / "carrel.db");
    Statement(db, "PRAGMA wal_checkpoint(TRUNCATE)").step();
  }
  const std::string bytes = bytes_of_file(lib / "carrel.db");
  const std::size_t at = bytes.find("file-7File 7text/plain");
  ASSERT_NE(at, std::string::npos);
  std::string changed = bytes;
  changed[at + 6] = 'P';  // "Pile 7"
  write_bytes(lib / "carrel.db", changed);
  const Seen seen = look_at(lib);
  // Nor does it add whatever failed before it in the system.
  EXPECT_NE(seen.complaint.find("damaged on disk; restore a backup"), std::string::npos)
      << seen.complaint;
  EXPECT_EQ(seen.complaint.find("backup ("), std::string::npos) << seen.complaint;
}

}  // namespace
}  // namespace carrel
