// Claim: whoever asks, whatever they ask, nothing they may not read is in anything they receive:
// results, counts, citations, highlights, page images, errors.
#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include "core/error.h"
#include "retrieve/retriever.h"
#include "tests/support/visibility_for_tests.h"
#include "tests/support/whole_file.h"
#include "tests/system/access_world.h"

namespace carrel {
namespace {

using nlohmann::json;
using testing::AccessWorld;
using testing::WorldDocument;
using testing::WorldUser;

// A query's own words come back in the answer's "query" field and in nothing else.
std::string without_echo(const std::string& text) {
  json parsed = json::parse(text);
  parsed.erase("query");
  parsed.erase("searched_for");
  return parsed.dump();
}

// So do a conversation's questions, which are its user's own words.
std::string without_questions(const std::string& text) {
  json parsed = json::parse(text);
  parsed.erase("title");
  for (json& message : parsed["messages"]) {
    message.erase("question");
    message.erase("searched_for");
  }
  return parsed.dump();
}

template <class Call>
std::string output_of(const Call& call) {
  try {
    return call();
  } catch (const Error& e) {
    return e.what();
  }
}

// Everything the API says to one user about one document.
std::string all_about(AccessWorld& world, const WorldUser& user, DocumentId id) {
  const server::Caller caller = world.caller(user);
  server::Api& api = *world.api;
  return output_of([&] { return api.document_json(caller, id); }) +
         output_of([&] { return api.chunks_json(caller, id, {}); }) +
         output_of([&] { return api.text_json(caller, id, std::nullopt); }) +
         output_of([&] { return api.page_png(caller, id, 1, std::nullopt); }) +
         output_of([&] { return testing::whole(api.original(caller, id)); });
}

std::int64_t readable(const AccessWorld& world, const WorldUser& user) {
  std::int64_t count = 0;
  for (const WorldDocument& document : world.documents) count += world.may_read(user, document);
  return count;
}

void expect_no_leak(AccessWorld& world, const WorldUser& user, const std::string& output) {
  for (const std::string& leak : world.leaks(user, output)) ADD_FAILURE() << leak;
}

void expect_counts(AccessWorld& world, const WorldUser& user) {
  const json listed = json::parse(world.api->documents_json(world.caller(user), {}));
  EXPECT_EQ(static_cast<std::int64_t>(listed["documents"].size()), readable(world, user));
  std::int64_t counted = 0;
  const json collections = json::parse(world.api->collections_json(world.caller(user)));
  for (const auto& c : collections["collections"]) counted += c["documents"].get<std::int64_t>();
  EXPECT_EQ(counted, readable(world, user));
}

void question_user(AccessWorld& world, const WorldUser& user, Rng& rng) {
  const server::Caller caller = world.caller(user);
  const CancelToken cancel;
  for (int i = 0; i < 4; ++i) {
    const std::string query = world.random_query(rng);
    expect_no_leak(world, user,
                   without_echo(world.api->search_json(caller, {query, 20, "", true}, cancel)));
    server::AskRequest ask(query);
    if (i % 2 == 0) ask.conversation = "new";  // opened again after rights have changed
    expect_no_leak(world, user, without_echo(world.api->ask_json(caller, ask, cancel)));
  }
  expect_no_leak(world, user, world.api->documents_json(caller, {}));
  expect_no_leak(world, user, world.api->suggestions_json(caller));
  const json kept = json::parse(world.api->conversations_json(caller));
  for (const auto& row : kept["conversations"])
    expect_no_leak(world, user,
                   without_questions(world.api->conversation_json(
                       caller, {row["conversation_id"].get<std::int64_t>()})));
  expect_no_leak(world, user, world.api->collections_json(caller));
  for (const WorldDocument& document : world.documents)
    expect_no_leak(world, user, all_about(world, user, document.id));
  expect_counts(world, user);
}

// Two of the world's people, before and after some rights have changed.
void question_world(AccessWorld& world, Rng& rng) {
  for (int round = 0; round < 2; ++round) {
    const std::size_t first = rng.below(world.users.size());
    question_user(world, world.users[first], rng);
    question_user(world, world.users[(first + 1) % world.users.size()], rng);
    for (int change = 0; change < 4; ++change) world.change_rights(rng);
  }
}

// CARREL_RUNS worlds, twenty over each library's texts.
TEST(Leaks, NothingUnreadableIsInAnythingReceived) {
  constexpr int kWorldsOfALibrary = 20;
  const std::uint64_t seed = testing::test_seed();
  const int worlds = testing::test_runs(200);
  std::unique_ptr<AccessWorld> world;
  for (int i = 0; i < worlds; ++i) {
    SCOPED_TRACE(::testing::Message() << "CARREL_SEED=" << seed << ", world " << i);
    Rng rng(seed + static_cast<std::uint64_t>(i / kWorldsOfALibrary));
    if (i % kWorldsOfALibrary == 0) world = std::make_unique<AccessWorld>(rng.next());
    Rng of_world(seed ^ (static_cast<std::uint64_t>(i) << 32));
    if (i % kWorldsOfALibrary != 0) world->renew(of_world);
    question_world(*world, of_world);
    if (HasFailure()) return;
  }
}

// What can be read of the library with a given Visibility, and how much of it its user may not see.
std::size_t count_leaks(AccessWorld& world, const WorldUser& user,
                        const access::Visibility& visible, Rng& rng) {
  const index::Reader& reader = world.app->library.reader();
  std::string output;
  for (const auto& document : reader.list_documents(visible, {.limit = 100}))
    output += document.title + "\n";
  const auto found = reader.keyword_search(
      {visible, nullptr}, {.terms = {{"lamp", 1.0}, {"budget", 1.0}, {"polici", 1.0}}}, {},
      CancelToken{});
  std::vector<ChunkId> ids;
  for (const auto& candidate : found.candidates) ids.push_back(candidate.chunk);
  for (const auto& chunk : reader.chunks(visible, ids)) output += chunk.text + "\n";
  (void)rng;
  return world.leaks(user, output).size();
}

// The judge must be able to convict: with the filter off it has to find leaks.
TEST(Leaks, TheJudgeConvictsWhenTheFilterIsOff) {
  std::size_t with_filter = 0;
  std::size_t without_filter = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    AccessWorld world(seed);
    Rng rng(seed);
    for (const WorldUser& user : world.users) {
      const access::Visibility visible = world.visible_to(user);
      with_filter += count_leaks(world, user, visible, rng);
      without_filter +=
          count_leaks(world, user, access::VisibilityForTests::everything(visible), rng);
    }
  }
  EXPECT_EQ(with_filter, 0u);
  EXPECT_GT(without_filter, 0u);
}

// Even a retriever that is handed a Visibility which permits too much lets nothing out, because
// each survivor is authorized again against the rules as they are.
TEST(Leaks, RetrieverAuthorizesAgainWhateverItWasHanded) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    AccessWorld world(seed);
    Rng rng(seed);
    for (const WorldUser& user : world.users) {
      const auto everything = access::VisibilityForTests::everything(world.visible_to(user));
      const auto retrieval =
          world.app->retriever.retrieve(everything, world.random_query(rng), {}, CancelToken{});
      for (const auto& passage : retrieval.passages)
        expect_no_leak(world, user, passage.title + passage.text + passage.uri);
    }
  }
}

}  // namespace
}  // namespace carrel
