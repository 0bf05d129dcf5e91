// Claim: who has proved who they are is known exactly as long as promised; tokens and keys are
// stored only as hashes; guessing is slowed down alike for names that exist and names that do not.
#include "access/credentials.h"

#include <atomic>
#include <fstream>
#include <iterator>
#include <regex>
#include <thread>

#include <gmock/gmock.h>

#include "tests/access/library.h"

namespace carrel::access {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kPassword = "correct horse battery";
// The least that Argon2id takes: these tests are about rules, not about cost.
constexpr CredentialOptions kCheap{.password_cost = {.operations = 1, .memory_bytes = 8192}};

struct SignIns : TestLibrary {
  SignIns() : credentials(store, access, clock, secrets, kCheap) {
    access.create_user("ana", "Ana", "internal", {"editor"});
    access.create_user("bo", "Bo", "internal", {"reader"});
    credentials.set_password("ana", kPassword);
  }
  std::string sign_in() { return credentials.sign_in("ana", kPassword, {}); }
  // All bytes that the library has on disk.
  std::string bytes_on_disk() {
    store.write()->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    std::ifstream in(dir / "carrel.db", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  SystemSecretSource secrets;
  Credentials credentials;
};

TEST(Credentials, ASessionTellsWhoItIs) {
  SignIns library;
  const auto identity = library.credentials.find_session(library.sign_in());
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->user.name, "ana");
  EXPECT_EQ(identity->via, "web");
  EXPECT_TRUE(identity->actions.contains(Action::upload));
  EXPECT_FALSE(library.credentials.find_session(""));
  EXPECT_FALSE(library.credentials.find_session("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

TEST(Credentials, OneTextForAWrongPasswordAnUnknownNameAndADisabledUser) {
  SignIns library;
  library.access.create_user("dee", "", "internal", {});
  library.credentials.set_password("dee", kPassword);
  library.access.set_disabled("dee", true);
  const auto wrong = error_of([&] { library.credentials.sign_in("ana", "wrong password", {}); });
  const auto unknown = error_of([&] { library.credentials.sign_in("zoe", kPassword, {}); });
  const auto disabled = error_of([&] { library.credentials.sign_in("dee", kPassword, {}); });
  const auto without = error_of([&] { library.credentials.sign_in("bo", kPassword, {}); });
  const auto not_a_name = error_of([&] { library.credentials.sign_in("a b:\xff", kPassword, {}); });
  EXPECT_EQ(wrong.first, ErrorCode::denied);
  for (const auto& other : {unknown, disabled, without, not_a_name}) EXPECT_EQ(other, wrong);
}

TEST(Credentials, AnIdleSessionEndsAndAUsedOneLivesToItsAge) {
  SignIns library;
  const std::string idle = library.sign_in();
  library.clock.advance(minutes(30) - milliseconds(1));
  EXPECT_TRUE(library.credentials.find_session(idle));
  library.clock.advance(minutes(30));
  EXPECT_FALSE(library.credentials.find_session(idle));

  const std::string used = library.sign_in();
  for (int i = 0; i < 35; ++i) {  // 35 times 20 minutes: 11 h 40 min
    library.clock.advance(minutes(20));
    ASSERT_TRUE(library.credentials.find_session(used)) << i;
  }
  library.clock.advance(minutes(20));  // 12 h
  EXPECT_FALSE(library.credentials.find_session(used));
}

TEST(Credentials, LastSeenIsWrittenAtMostOnceAMinute) {
  SignIns library;
  const std::string token = library.sign_in();
  const auto last_seen = [&] {
    const auto reader = library.store.read();
    Statement row(*reader, "SELECT last_seen FROM session");
    EXPECT_TRUE(row.step());
    return row.integer(0);
  };
  const std::int64_t start = library.clock.now().value;
  library.clock.advance(seconds(59));
  EXPECT_TRUE(library.credentials.find_session(token));
  EXPECT_EQ(last_seen(), start);
  library.clock.advance(seconds(1));
  EXPECT_TRUE(library.credentials.find_session(token));
  EXPECT_EQ(last_seen(), start + 60'000);
}

TEST(Credentials, SignInEndsTheOldToken) {
  SignIns library;
  const std::string first = library.sign_in();
  const std::string other = library.sign_in();
  const std::string second = library.credentials.sign_in("ana", kPassword, first);
  EXPECT_NE(first, second);
  EXPECT_FALSE(library.credentials.find_session(first));
  EXPECT_TRUE(library.credentials.find_session(second));
  EXPECT_TRUE(library.credentials.find_session(other));
  library.credentials.sign_out(second);
  EXPECT_FALSE(library.credentials.find_session(second));
  library.credentials.end_sessions("ana");
  EXPECT_FALSE(library.credentials.find_session(other));
}

TEST(Credentials, DisablingEndsSessionsAtOnceAndForGood) {
  SignIns library;
  const std::string token = library.sign_in();
  const std::string key = library.credentials.create_key("ana", "script", {"search"}, {});
  library.access.set_disabled("ana", true);
  EXPECT_FALSE(library.credentials.find_session(token));
  EXPECT_FALSE(library.credentials.find_key(key));
  library.access.set_disabled("ana", false);
  EXPECT_FALSE(library.credentials.find_session(token));
  EXPECT_TRUE(library.credentials.find_key(key));
}

TEST(Credentials, DisablingEndsSessionsThatNobodyLookedAtMeanwhile) {
  SignIns library;
  const std::string token = library.sign_in();
  library.access.set_disabled("ana", true);
  library.access.set_disabled("ana", false);
  EXPECT_FALSE(library.credentials.find_session(token));
}

TEST(Credentials, ANewPasswordEndsSessionsAndTheOldPassword) {
  SignIns library;
  const std::string token = library.sign_in();
  library.credentials.set_password("ANA", "another long password");
  EXPECT_FALSE(library.credentials.find_session(token));
  EXPECT_EQ(error_of([&] { library.sign_in(); }).first, ErrorCode::denied);
  EXPECT_NO_THROW(library.credentials.sign_in("ana", "another long password", {}));
  EXPECT_EQ(error_of([&] { library.credentials.set_password("ana", "short"); }).first,
            ErrorCode::invalid_argument);
  EXPECT_EQ(
      error_of([&] { library.credentials.set_password("ana", std::string(1025, 'x')); }).first,
      ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { library.credentials.set_password("zoe", kPassword); }).first,
            ErrorCode::not_found);
}

// Five failures are free; then 1 s, 2 s, 4 s ... up to 1 min, for any name, existing or not.
TEST(Credentials, GuessingIsSlowedDownForEveryName) {
  SignIns library;
  for (const char* name : {"ana", "zoe"}) {
    SCOPED_TRACE(name);
    const auto guess = [&] {
      return error_of([&] { library.credentials.sign_in(name, "wrong password", {}); });
    };
    for (int i = 0; i < 5; ++i) EXPECT_EQ(guess().first, ErrorCode::denied);
    for (const int wait : {1, 2, 4, 8}) {
      const auto refused = guess();
      EXPECT_EQ(refused.first, ErrorCode::deadline);
      EXPECT_THAT(refused.second, HasSubstr("in " + std::to_string(wait) + " s"));
      library.clock.advance(seconds(wait) - milliseconds(1));
      EXPECT_EQ(guess().first, ErrorCode::deadline);
      library.clock.advance(milliseconds(1));
      EXPECT_EQ(guess().first, ErrorCode::denied);
    }
    for (int i = 0; i < 20; ++i) {
      library.clock.advance(minutes(1));  // never longer
      EXPECT_EQ(guess().first, ErrorCode::denied);
    }
  }
}

TEST(Credentials, GuessesCountForOneAccountHoweverItsNameIsSpelled) {
  SignIns library;
  const std::vector<std::string> spellings = {"ana", " ana", "user:ana", "ANA\t", "ana "};
  for (const std::string& name : spellings)
    EXPECT_EQ(error_of([&] { library.credentials.sign_in(name, "wrong password", {}); }).first,
              ErrorCode::denied);
  for (const std::string& name : spellings)
    EXPECT_EQ(error_of([&] { library.credentials.sign_in(name, kPassword, {}); }).first,
              ErrorCode::deadline);
}

TEST(Credentials, BackingOffRefusesTheRightPasswordTooAndEndsWithASuccess) {
  SignIns library;
  const auto guess = [&] {
    return error_of([&] { library.credentials.sign_in("ana", "wrong password", {}); }).first;
  };
  for (int i = 0; i < 5; ++i) guess();
  EXPECT_EQ(error_of([&] { library.sign_in(); }).first, ErrorCode::deadline);
  EXPECT_EQ(error_of([&] { library.credentials.sign_in("ANA", kPassword, {}); }).first,
            ErrorCode::deadline);  // the same account, spelled otherwise
  library.clock.advance(seconds(1));
  EXPECT_NO_THROW(library.sign_in());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(guess(), ErrorCode::denied);
}

// Strangers fill their own buckets; whoever has signed in from a browser or an address before is
// not in them.
TEST(Credentials, StrangersCannotLockOutABrowserThatHasSignedInBefore) {
  SignIns library;
  const auto from = [&](const SignInOrigin& origin, std::string_view password) {
    return error_of([&] {
             const SignInAttempt attempt = library.credentials.begin_sign_in("ana", origin);
             static_cast<void>(library.credentials.finish_sign_in(attempt, "ana", password, {}));
           })
        .first;
  };
  const auto first = library.credentials.begin_sign_in("ana", {"10.0.0.1", ""});
  EXPECT_FALSE(first.has_history);
  const std::string device = library.credentials.finish_sign_in(first, "ana", kPassword, {}).device;
  ASSERT_FALSE(device.empty());
  for (int i = 0; i < 20; ++i) from({"10.0.0.1", ""}, "wrong password");  // at her own address
  for (int i = 0; i < 200; ++i)                                           // and from everywhere
    from({"10.9.0." + std::to_string(i), ""}, "wrong password");
  EXPECT_EQ(from({"10.0.0.1", ""}, kPassword), ErrorCode::deadline);
  EXPECT_EQ(from({"10.8.0.1", ""}, kPassword), ErrorCode::deadline);
  EXPECT_EQ(from({"10.8.0.1", "a token that was never given"}, kPassword), ErrorCode::deadline);
  const SignInAttempt known = library.credentials.begin_sign_in("ana", {"10.8.0.1", device});
  EXPECT_TRUE(known.has_history);
  EXPECT_EQ(library.credentials.finish_sign_in(known, "ana", kPassword, {}).device, device);
  // Bo has never used that browser: to him it is no proof.
  EXPECT_FALSE(library.credentials.begin_sign_in("bo", {"10.8.0.2", device}).has_history);
}

TEST(Credentials, FailuresFromOneAddressDoNotSlowDownAnother) {
  SignIns library;
  const auto from = [&](const std::string& address, std::string_view password) {
    return error_of([&] {
             const auto attempt = library.credentials.begin_sign_in("ana", {address, ""});
             static_cast<void>(library.credentials.finish_sign_in(attempt, "ana", password, {}));
           })
        .first;
  };
  for (int i = 0; i < 20; ++i) from("10.0.0.1", "wrong password");
  EXPECT_EQ(from("10.0.0.1", "wrong password"), ErrorCode::deadline);
  EXPECT_EQ(from("10.0.0.2", "wrong password"), ErrorCode::denied);
}

TEST(Credentials, AnAttemptThatWasNeverTriedCountsForNothing) {
  SignIns library;
  for (int i = 0; i < 50; ++i)
    library.credentials.withdraw_sign_in(
        library.credentials.begin_sign_in("ana", {"10.0.0.1", ""}));
  EXPECT_NO_THROW(library.sign_in());
}

TEST(Credentials, ANewPasswordForgetsWhereTheAccountSignedInFrom) {
  SignIns library;
  const auto attempt = library.credentials.begin_sign_in("ana", {"10.0.0.1", ""});
  const std::string device =
      library.credentials.finish_sign_in(attempt, "ana", kPassword, {}).device;
  library.credentials.set_password("ana", "another long password");
  EXPECT_FALSE(library.credentials.begin_sign_in("ana", {"10.0.0.1", device}).has_history);
}

TEST(Credentials, AKeyDoesWhatItsScopesAndItsUserMayBoth) {
  SignIns library;
  const std::string key =
      library.credentials.create_key("ana", "script", {"search", "administer"}, {});
  EXPECT_TRUE(std::regex_match(key, std::regex("carrel_[0-9a-f]{8}_[A-Za-z0-9_-]{43}"))) << key;
  const auto identity = library.credentials.find_key(key);
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->via, "api");
  EXPECT_THAT(identity->actions.list(), ElementsAre(Action::search));  // ana does not administer
  std::string other = key;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(library.credentials.find_key(other));
  EXPECT_FALSE(library.credentials.find_key(key.substr(0, key.size() - 1)));
  EXPECT_FALSE(library.credentials.find_session(key));
  EXPECT_THAT(error_of([&] { library.credentials.create_key("ana", "x", {"serch"}, {}); }).second,
              HasSubstr("'search'"));
  EXPECT_EQ(error_of([&] { library.credentials.create_key("ana", "x", {}, {}); }).first,
            ErrorCode::invalid_argument);
}

TEST(Credentials, AKeyExpiresAndIsRevokedByItsOwnerOnly) {
  SignIns library;
  const UnixMillis in_an_hour = library.clock.now() + hours(1);
  const std::string key = library.credentials.create_key("ana", "script", {"search"}, in_an_hour);
  const std::string lasting = library.credentials.create_key("ana", "other", {"ask"}, {});
  library.clock.advance(hours(1) - milliseconds(1));
  EXPECT_TRUE(library.credentials.find_key(key));
  library.clock.advance(milliseconds(1));
  EXPECT_FALSE(library.credentials.find_key(key));

  const auto keys = library.credentials.keys("ana");
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].name, "script");
  EXPECT_EQ(keys[0].prefix, key.substr(0, 15));
  EXPECT_EQ(keys[0].expires, in_an_hour);
  EXPECT_TRUE(keys[0].last_used);
  EXPECT_FALSE(keys[1].last_used);
  EXPECT_THAT(keys[1].scopes, ElementsAre("ask"));

  EXPECT_EQ(error_of([&] { library.credentials.revoke_key("bo", keys[1].id); }).first,
            ErrorCode::not_found);
  EXPECT_TRUE(library.credentials.find_key(lasting));
  library.credentials.revoke_key("ana", keys[1].id);
  EXPECT_FALSE(library.credentials.find_key(lasting));
  EXPECT_TRUE(library.credentials.keys("ana")[1].is_revoked);
}

TEST(Credentials, StoresNoPasswordTokenOrKey) {
  SignIns library;
  const std::string token = library.sign_in();
  const std::string key = library.credentials.create_key("ana", "script", {"search"}, {});
  const std::string bytes = library.bytes_on_disk();
  EXPECT_THAT(bytes, HasSubstr(key.substr(0, 15)));  // the search can find what is there
  EXPECT_EQ(bytes.find(token), std::string::npos);
  EXPECT_EQ(bytes.find(key.substr(16)), std::string::npos);
  EXPECT_EQ(bytes.find(kPassword), std::string::npos);
}

TEST(Credentials, AUserKeepsNoMoreThan64Sessions) {
  SignIns library;
  const std::string first = library.sign_in();
  library.clock.advance(seconds(1));
  std::string newest;
  for (int i = 0; i < 64; ++i) newest = library.sign_in();
  EXPECT_FALSE(library.credentials.find_session(first));
  EXPECT_TRUE(library.credentials.find_session(newest));
}

TEST(Credentials, ServesManyThreadsAtOnce) {
  SignIns library;
  std::atomic<int> found{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const std::string name = "t" + std::to_string(t);
      library.access.create_user(name, "", "internal", {"reader"});
      library.credentials.set_password(name, kPassword);
      for (int i = 0; i < 5; ++i) {
        const std::string token = library.credentials.sign_in(name, kPassword, {});
        const auto identity = library.credentials.find_session(token);
        if (identity && identity->user.name == name) ++found;
        library.credentials.sign_out(token);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found, 20);
}

}  // namespace
}  // namespace carrel::access
