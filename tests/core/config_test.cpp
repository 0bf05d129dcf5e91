// Claim: a configuration is either understood whole or refused with the way to mend it.
#include "core/config.h"

#include <gtest/gtest.h>

#include "core/error.h"

namespace carrel {
namespace {

std::string refusal(Config config) {
  try {
    config.finish();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

TEST(Config, ReadsValuesAndLeavesDefaultsAlone) {
  Config config = Config::parse("[server]\nlisten = \"127.0.0.1:9\"\nthreads = 4\n", nullptr);
  std::string listen = "default";
  std::string other = "default";
  int threads = 1;
  config.read("server.listen", listen);
  config.read("server.other", other);
  config.read("server.threads", threads, 1, 64);
  EXPECT_EQ(listen, "127.0.0.1:9");
  EXPECT_EQ(other, "default");
  EXPECT_EQ(threads, 4);
  EXPECT_EQ(refusal(config), "");
}

TEST(Config, NamesTheNearestKeyForAnUnknownOne) {
  Config config = Config::parse("[server]\nlisten_on = \"x\"\nlisen = \"y\"\n", nullptr);
  std::string listen;
  config.read("server.listen", listen);
  EXPECT_EQ(refusal(config),
            "configuration: unknown key 'server.lisen'; did you mean 'server.listen'?");
}

TEST(Config, EnvironmentOverridesTheFile) {
  Config config = Config::parse("[server]\nthreads = 4\n", [](const std::string& name) {
    return name == "CARREL_SERVER_THREADS" ? std::optional<std::string>("7") : std::nullopt;
  });
  int threads = 1;
  config.read("server.threads", threads, 1, 64);
  EXPECT_EQ(threads, 7);
}

TEST(Config, RefusesValuesOutOfRangeAndOfTheWrongType) {
  int threads = 1;
  Config large = Config::parse("threads = 65\n", nullptr);
  EXPECT_THROW(large.read("threads", threads, 1, 64), Error);
  Config text = Config::parse("threads = \"many\"\n", nullptr);
  EXPECT_THROW(text.read("threads", threads, 1, 64), Error);
  EXPECT_THROW(Config::parse("threads = [\n", nullptr), Error);
}

}  // namespace
}  // namespace carrel
