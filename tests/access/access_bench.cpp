// Measures access/ on this machine, one JSON line a case: access_bench DIRECTORY
//
// Appends to the audit log from 1 and 8 threads (each append is durable before the next of its
// thread), verification, visibility with cached and with fresh rules, and interning.
#include <filesystem>
#include <iostream>
#include <thread>

#include "access/access_control.h"
#include "access/audit_log.h"

namespace carrel::access {
namespace {

void print(const std::string& name, double value, const std::string& unit) {
  std::cout << "{\"case\":\"" << name << "\",\"" << unit << "\":" << value << "}" << std::endl;
}

void measure_appends(AuditLog& log, int threads, int each) {
  const AuditRecord record{.actor = "user:ana",
                           .os_user = "carrel",
                           .via = "api",
                           .action = "ask",
                           .phase = "disclosure",
                           .details = R"({"documents":[1,2,3,4,5,6,7,8],"route":"extractive"})"};
  const Stopwatch watch;
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([&] {
      for (int i = 0; i < each; ++i) log.append(record, "how many days of leave do I have left?");
    });
  for (std::thread& one : all) one.join();
  print("audit_append_" + std::to_string(threads) + "_threads", threads * each / watch.seconds(),
        "per_second");
}

void measure_audit(const std::filesystem::path& directory) {
  const SystemClock clock;
  SystemSecretSource secrets;
  AuditLog log(directory / "audit", {}, clock, secrets);
  measure_appends(log, 1, 2000);
  measure_appends(log, 8, 2000);
  const Stopwatch watch;
  if (!log.verify({}).empty()) std::cerr << "the log does not verify\n";
  print("audit_verify", static_cast<double>(log.size()) / watch.seconds(), "records_per_second");
  const Stopwatch proof;
  for (std::uint64_t i = 0; i < 100; ++i) log.inclusion_proof(i * 150, log.size());
  print("audit_inclusion_proof", proof.milliseconds() / 100, "ms");
}

// 10,000 users in 200 groups; 10,000 classes of one to four groups.
void measure_rules(const std::filesystem::path& directory) {
  const SystemClock clock;
  Store store(directory / "carrel.db");
  AccessControl access(store, clock, {});
  std::vector<PrincipalId> users;
  {
    const Store::Writer writer = store.write();
    Transaction transaction(*writer);
    for (int g = 0; g < 200; ++g) access.create_group("g" + std::to_string(g));
    for (int u = 0; u < 10'000; ++u) {
      const std::string name = "u" + std::to_string(u);
      users.push_back(access.create_user(name, "", "", {"reader"}));
      for (int i = 1; i <= 5; ++i)
        access.add_member("user:" + name, "group:g" + std::to_string((u + i * 37) % 200));
    }
    transaction.commit();
  }
  const Stopwatch interning;
  {
    const Store::Writer writer = store.write();
    Transaction transaction(*writer);
    for (int c = 0; c < 10'000; ++c) {
      AclSpec spec{.label = "internal"};
      for (int i = 0; i <= c % 4; ++i)
        spec.allow.push_back("group:g" + std::to_string((c + i * (c / 200 + 1)) % 200));
      access.intern(*writer, spec);
    }
    transaction.commit();
  }
  print("intern", interning.milliseconds() * 1000 / 10'000, "us");
  const Stopwatch first;
  access.visibility(users[0]);
  print("visibility_all_rules_read", first.milliseconds(), "ms");
  const Stopwatch fresh;
  for (int i = 1; i <= 1000; ++i) access.visibility(users[static_cast<std::size_t>(i)]);
  print("visibility_new_user", fresh.milliseconds(), "us");
  const Stopwatch cached;
  for (int i = 0; i < 100'000; ++i) access.visibility(users[1]);
  print("visibility_cached", cached.milliseconds() / 100, "us");
  double class_ms = 0;
  double people_ms = 0;
  for (int i = 0; i < 20; ++i) {
    {
      const Store::Writer writer = store.write();
      Transaction transaction(*writer);
      access.intern(*writer, {.allow = {"user:u" + std::to_string(i)}, .label = "public"});
      transaction.commit();
    }
    const Stopwatch after_class;
    access.visibility(users[1]);
    class_ms += after_class.milliseconds();
    access.set_clearance("u7", i % 2 == 0 ? "public" : "internal");
    const Stopwatch after_people;
    access.visibility(users[1]);
    people_ms += after_people.milliseconds();
  }
  print("visibility_after_a_new_class", class_ms / 20, "ms");
  print("visibility_after_a_change_of_people", people_ms / 20, "ms");
}

}  // namespace
}  // namespace carrel::access

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: access_bench DIRECTORY (an empty one)\n";
    return 2;
  }
  const std::filesystem::path directory = argv[1];
  std::filesystem::create_directories(directory);
  carrel::access::measure_audit(directory);
  carrel::access::measure_rules(directory);
  return 0;
}
