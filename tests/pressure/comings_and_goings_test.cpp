// Memory behind those who came and went: joined namespaces, sessions.
#include "pressure/memory.hpp"
#include "threads/ws_client.hpp"

#include <jackfield/server.hpp>

#include <gtest/gtest.h>

#include <string>

namespace jackfield::tests {
namespace {

/// Waits until the server has seen everybody leave.
void settle(served& s) {
  while (s.on_worker([&] { return s.io.main().size(); }) > 0) std::this_thread::yield();
}

void furnish(const nsp& n) {
  n.on_connection([](socket k) {
    k.data() = object{{"name", std::string(100, 'x')}};
    k.join("room of " + std::string(k.id()));
    k.on("echo", [](arg v) { return v; });
    k.on_disconnect([] {});
  });
}

TEST(comings_and_goings, a_hundred_thousand_joins_of_a_namespace_leave_nothing_behind) {
  served s({});
  furnish(s.io.of("/chat"));
  s.start();
  ws_client c(s.port);
  const auto join_and_leave = [&](int times) {
    for (int i = 0; i < times; ++i) {
      c.send("0/chat,");
      ASSERT_TRUE(c.next().value_or("").starts_with("0/chat,{"));
      c.send("1/chat,");
    }
  };
  join_and_leave(1000);
  const auto before = resident_bytes();
  join_and_leave(100'000 / share);
  expect_growth_below(before, 2u << 20);
}

TEST(comings_and_goings, twenty_thousand_sessions_leave_nothing_behind) {
  served s({});
  furnish(s.io.main());
  s.start();
  const auto come_and_go = [&](int times) {
    for (int i = 0; i < times; ++i) {
      ws_client c(s.port);
      if (i % 2 == 0) c.send("1");
      c.reset();
    }
    settle(s);
  };
  come_and_go(500);
  const auto before = resident_bytes();
  come_and_go(20'000 / share);
  expect_growth_below(before, 2u << 20);
}

}  // namespace
}  // namespace jackfield::tests
