// Memory while peers do not keep up (S31, S32): a flood to a thousand readers that have stopped, and a client that pushes a
// gigabyte at a handler that takes its time.
#include "pressure/memory.hpp"
#include "threads/ws_client.hpp"

#include <jackfield/server.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <coroutine>
#include <string>
#include <thread>
#include <vector>

namespace jackfield::tests {
namespace {

using namespace std::chrono_literals;

/// `co_await pause{io, 1ms}`: goes on later, on the worker.
struct pause {
  const server& io;
  std::chrono::milliseconds time;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) const {
    io.after(time, [h] { h.resume(); });
  }
  void await_resume() const noexcept {}
};

constexpr int readers = 1000 / share;

std::vector<ws_client> stalled_readers(served& s) {
  std::vector<ws_client> all;
  for (int i = 0; i < readers; ++i) all.emplace_back(s.port, 4096);
  return all;
}

void flood(served& s, int events) {
  const std::string text(4000, 'x');
  for (int sent = 0; sent < events; sent += 50) {
    s.on_worker([&] {
      for (int i = 0; i < 50; ++i) s.io.emit("news", sent + i, text);
    });
  }
}

TEST(slow_peers, a_flood_to_stalled_readers_costs_what_the_policy_says) {  // S32
  served s({.outbound = {.limit_bytes = 64 * 1024, .policy = overflow::drop_oldest}});
  s.start();
  auto all = stalled_readers(s);
  flood(s, 100);  // what every queue needs
  const auto before = resident_bytes();
  flood(s, 5000);
  expect_growth_below(before, 32u << 20);
  EXPECT_EQ(s.on_worker([&] { return s.io.main().size(); }), static_cast<std::size_t>(readers));

  // A reader that wakes up finds the newest, and no torn message.
  std::string last;
  for (auto m = all[0].next(); m; m = all[0].next()) {
    last = *m;
    if (last.starts_with("2[\"news\",4999,")) break;
  }
  EXPECT_TRUE(last.starts_with("2[\"news\",4999,"));
}

TEST(slow_peers, readers_that_the_policy_cuts_leave_nothing_behind) {  // S32
  served s({});
  std::atomic<int> cut = 0;
  s.io.on_connection(
      [&](socket k) { k.on_disconnect([&](disconnect_reason why) { cut += why == disconnect_reason::slow_consumer ? 1 : 0; }); });
  s.start();
  const auto before = settled_bytes();
  std::size_t peak = 0;
  {
    auto all = stalled_readers(s);
    flood(s, 4000);
    EXPECT_EQ(cut, readers);
    EXPECT_EQ(s.on_worker([&] { return s.io.main().size(); }), 0u);
    peak = resident_bytes();
  }
  expect_growth_below(before, 160u << 20, peak);  // 84 to 131 MiB were seen: what was freed still lies in the heap
  expect_back("cut readers", before, peak);
}

TEST(slow_peers, a_client_that_pushes_a_gigabyte_waits_for_the_handler) {  // S31
  served s({});
  int handled = 0;
  std::size_t bytes = 0;
  s.io.on_connection([&](socket k) {
    k.on("chunk", [&](std::string text) -> task<int> {
       co_await pause{s.io, 1ms};
       bytes += text.size();
       co_return ++handled;
     }).concurrency(1);
  });
  s.start();
  ws_client pusher(s.port);
  const int chunks = 1100 / share;
  const std::string chunk = "2[\"chunk\",\"" + std::string(990'000, 'x') + "\"]";
  const auto before = resident_bytes();
  std::size_t most = before;
  for (int i = 0; i < chunks; ++i) {
    pusher.send(chunk);
    most = std::max(most, resident_bytes());
  }
  pusher.send("2" + std::to_string(chunks) + "[\"chunk\",\"last\"]");
  EXPECT_EQ(pusher.next(), "3" + std::to_string(chunks) + "[" + std::to_string(chunks + 1) + "]");
  EXPECT_EQ(s.on_worker([&] { return bytes; }), 990'000u * static_cast<std::size_t>(chunks) + 4);
  expect_growth_below(before, 24u << 20, most);
}

}  // namespace
}  // namespace jackfield::tests
