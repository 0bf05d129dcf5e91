// Claims about passwords: a hash fits its password alone, and whoever hashes gives way to the
// threads that answer requests.
#include "core/crypto.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace carrel {
namespace {

constexpr PasswordCost kCheap{.operations = 1, .memory_bytes = 8 << 10};

TEST(Passwords, AHashFitsItsPasswordAlone) {
  const std::string hash = hash_password("blue light at three", kCheap);
  EXPECT_TRUE(hash.starts_with("$argon2id$"));
  EXPECT_TRUE(verify_password(hash, "blue light at three"));
  EXPECT_FALSE(verify_password(hash, "blue light at four"));
  EXPECT_FALSE(verify_password(hash, ""));
  EXPECT_FALSE(verify_password("", "blue light at three"));
  EXPECT_NE(hash, hash_password("blue light at three", kCheap));
}

// The highest niceness among this process's threads: the 19th field of proc(5)'s stat, counted
// behind the name, which may hold spaces.
int niceness_max() {
  int out = -20;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "stat");
    std::string line;
    if (!std::getline(file, line)) continue;  // it ended meanwhile
    std::istringstream fields(line.substr(line.rfind(')') + 2));
    std::string field;
    for (int i = 3; i <= 19; ++i) fields >> field;
    out = std::max(out, std::stoi(field));
  }
  return out;
}

TEST(Passwords, WhoeverHashesGivesWayToOthers) {
  constexpr PasswordCost long_enough{.operations = 1, .memory_bytes = 4 << 20};  // to be seen at it
  const int own = getpriority(PRIO_PROCESS, 0);
  if (own > 19 - 5) GTEST_SKIP() << "already at the end of the queue";
  for (const bool is_check : {false, true}) {
    const std::string hash = hash_password("word", long_enough);
    std::atomic<bool> is_over{false};
    std::thread caller([&] {
      while (!is_over)
        is_check ? (void)verify_password(hash, "word") : (void)hash_password("word", long_enough);
    });
    int seen = own;
    for (int look = 0; look < 100'000 && seen < own + 5; ++look)
      seen = std::max(seen, niceness_max());
    is_over = true;
    caller.join();
    EXPECT_GE(seen, own + 5) << (is_check ? "checking" : "hashing");
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), own);
  }
}

}  // namespace
}  // namespace carrel
