// Memory after a spike: of connections, of large messages. What was freed does not stay with the process.
#include "pressure/memory.hpp"
#include "threads/ws_client.hpp"

#include <jackfield/server.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
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

/// Knocks until a newcomer is let in, or is not: the system is asked ten times a second. False: that never came to be.
bool until_comes_in(std::uint16_t port, bool expected) {
  for (const auto until = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < until;) {
    bool came_in = true;
    try {
      ws_client newcomer(port);
    } catch (const std::runtime_error&) {
      came_in = false;
    }
    if (came_in == expected) return true;
  }
  return false;
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
  const auto before = settled_bytes();
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
  const auto before = settled_bytes();
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

TEST(node_bytes, newcomers_wait_until_there_is_memory_and_clients_go_on) {
  if (!memory_counts) GTEST_SKIP() << "instrumented";
  constexpr std::size_t spare = 64u << 20;
  served s({.limits = {.node_bytes = resident_bytes() + spare}});
  serve(s.io);
  s.start();
  ws_client first(s.port);
  auto load = std::make_unique<std::string>(2 * spare, 'x');
  EXPECT_TRUE(until_comes_in(s.port, false));
  const auto hits = [&] {
    const auto all = s.io.limit_hits();
    return std::find_if(all.begin(), all.end(), [](const auto& l) { return l.first == "node_memory"; })->second;
  };
  EXPECT_GE(hits(), 1u);
  first.send("21[\"echo\",1]");
  EXPECT_EQ(first.next(), "31[1]");
  load.reset();
  EXPECT_TRUE(until_comes_in(s.port, true));
  ws_client third(s.port);
  third.send("21[\"echo\",3]");
  EXPECT_EQ(third.next(), "31[3]");
}

}  // namespace
}  // namespace jackfield::tests
