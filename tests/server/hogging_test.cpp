// Claim: what one person's file costs is not paid by those who search.
#include <atomic>

#include "tests/ingest/parse_testing.h"
#include "tests/server/world.h"

namespace carrel::server {
namespace {

class Hogging : public ServerTest {
 protected:
  Hogging()
      : ServerTest([] {
          ServerOptions options;
          options.compute_max = 1;
          options.drawings_max = 1;
          return options;
        }()) {}

  // Read at once, drawn in seconds.
  static std::string slow_page() {
    std::string curves = ingest::set_text(72, 700, "A drawing of the lamp") + "0.1 w\n";
    for (int i = 0; i < 3'000; ++i)
      curves += std::to_string(i % 600) + " 0 m " + std::to_string(i * 7 % 600) + " 700 " +
                std::to_string(i * 13 % 600) + " 20 " + std::to_string(i * 31 % 600) + " 500 c S\n";
    return ingest::make_pdf({curves});
  }
};

TEST_F(Hogging, APageThatIsSlowToDrawKeepsNoSearchWaiting) {
  const Client ana = as("ana");
  const std::int64_t id = upload(ana, "name=lamp.pdf", slow_page());
  upload(ana, "name=leave.md&allow=everyone", kLeavePolicy);
  const Client ben = as("ben");
  std::atomic<bool> is_drawn{false};
  std::thread drawing([&] {
    ana.get("/api/v1/documents/" + std::to_string(id) + "/pages/1/image");
    is_drawn = true;
  });
  while (audit_of("document.page").empty()) std::this_thread::yield();
  EXPECT_EQ(ben.post("/api/v1/search", {{"query", "annual leave"}}).json()["hits"].size(), 1u);
  EXPECT_FALSE(is_drawn);
  drawing.join();
}

}  // namespace
}  // namespace carrel::server
