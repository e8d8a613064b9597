// Memory after a spike: of connections, of large messages. What was freed does not stay with the process.
#include "pressure/memory.hpp"
#include "threads/ws_client.hpp"

#include <jackfield/server.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace jackfield::tests {
namespace {

using namespace std::chrono_literals;

/// As many clients as descriptors allow, both ends being ours, but no more than `wanted`.
std::size_t possible_clients(std::size_t wanted) {
  rlimit l{};
  ::getrlimit(RLIMIT_NOFILE, &l);
  l.rlim_cur = l.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &l);
  return std::min<std::size_t>(wanted, (l.rlim_cur - 200) / 2);
}

/// Waits until the process holds at most so much. The last figure.
std::size_t wait_for_resident(std::size_t at_most) {
  const auto until = std::chrono::steady_clock::now() + 20s;
  std::size_t now = resident_bytes();
  while (now > at_most && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(50ms);  // the system has no event for it
    now = resident_bytes();
  }
  return now;
}

void expect_back(const char* what, std::size_t before, std::size_t peak) {
  if (!memory_counts) return;
  const auto now = wait_for_resident(before + (peak - before) / 5);
  std::printf("%s: %zu KiB before, %zu KiB at the peak, %zu KiB after\n", what, before / 1024, peak / 1024, now / 1024);
  EXPECT_LE(now, before + (peak - before) / 5);
}

void serve(const server& io) {
  io.on_connection([](socket k) {
    k.on("echo", [](arg v) { return v; });
    k.on("note", [](std::string_view) {});
  });
}

TEST(give_back, after_a_crowd_of_connections) {
  served s({});
  serve(s.io);
  s.start();
  const auto n = possible_clients(8000 / share);
  { ws_client one(s.port); }
  const auto before = resident_bytes();
  std::size_t peak = 0;
  {
    std::vector<ws_client> all;
    all.reserve(n);
    for (std::size_t i = 0; i < n; ++i) all.emplace_back(s.port);
    peak = resident_bytes();
    for (auto& c : all) c.reset();
  }
  expect_back("connections", before, peak);
}

TEST(give_back, after_large_messages_of_many) {
  served s({});
  serve(s.io);
  s.start();
  const std::size_t n = 100 / share;
  std::vector<ws_client> all;
  for (std::size_t i = 0; i < n; ++i) all.emplace_back(s.port);
  const auto before = resident_bytes();
  std::size_t peak = 0;
  {
    // Each message is held until its last byte came: all of them wait for theirs at once.
    const auto most = "2[\"note\",\"" + std::string(900'000, 'x');
    for (auto& c : all) c.begin(most);
    while (s.on_worker([&] { return resident_bytes(); }) < before + n * 900'000 && memory_counts) std::this_thread::yield();
    peak = resident_bytes();
    for (auto& c : all) c.end("\"]");
    for (auto& c : all) {
      c.send("21[\"echo\",1]");
      EXPECT_EQ(c.next(), "31[1]");
    }
  }
  expect_back("messages", before, peak);
}

}  // namespace
}  // namespace jackfield::tests
