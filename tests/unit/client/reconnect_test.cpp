// Coming back: times, numbers, order of the events, and what stops it (protocol.md 5.3, 5.4).
#include "unit/client/client_stage.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jackfield::test {
namespace {

/// Writes down what a client says of its connection.
struct diary {
  explicit diary(client& io) {
    io.on_open([this] { all.emplace_back("open"); });
    io.on_error([this](const error& e) { all.push_back("error " + e.text); });
    io.on_close([this](disconnect_reason r, std::string_view) { all.push_back("close " + std::string(name_of(r))); });
    io.on_reconnect_attempt([this](std::uint32_t n) { all.push_back("attempt " + std::to_string(n)); });
    io.on_reconnect([this](std::uint32_t n) { all.push_back("reconnect " + std::to_string(n)); });
    io.on_reconnect_error([this](const error& e) { all.push_back("reconnect_error " + e.text); });
    io.on_reconnect_failed([this] { all.emplace_back("failed"); });
  }
  std::vector<std::string> take() { return std::exchange(all, {}); }
  std::vector<std::string> all;
};
using lines = std::vector<std::string>;

client_options exact(std::uint32_t attempts = 0) {
  return {
      .reconnection_attempts = attempts, .reconnection_delay = 100ms, .reconnection_delay_max = 350ms, .randomization_factor = 0};
}

// P181
TEST(client_reconnect, waits_longer_each_time) {
  client_stage on(exact());
  auto s = on.io.socket("/");
  on.dials();
  on.fail();
  for (const auto wait : {100ms, 200ms, 350ms, 350ms}) {
    const auto before = on.dials();
    on.advance(wait - 1ms);
    EXPECT_EQ(on.dials(), before);
    on.advance(1ms);
    EXPECT_EQ(on.dials(), before + 1);
    on.fail();
  }
}

// P181: with the defaults, and the draws that make the longest and the shortest.
TEST(client_reconnect, draws_its_waits) {
  for (const auto& [draw, wait] : {std::pair(0.99999, 1499ms), std::pair(0.89, 555ms)}) {
    client_stage on;
    on.chance = draw;
    auto s = on.io.socket("/");
    on.dials();
    on.fail();
    on.advance(wait - 1ms);
    EXPECT_EQ(on.dials(), 1u);
    on.advance(1ms);
    EXPECT_EQ(on.dials(), 2u);
  }
}

// P182: reconnect_failed comes before the last reconnect_error; a later connect() begins anew.
TEST(client_reconnect, gives_up_after_its_attempts) {
  client_stage on(exact(2));
  diary d(on.io);
  auto s = on.io.socket("/");
  on.dials();
  on.fail("a");
  EXPECT_EQ(d.take(), lines{"error a"});
  on.advance(100ms);
  on.fail("b");
  EXPECT_EQ(d.take(), (lines{"attempt 1", "error b", "reconnect_error b"}));
  on.advance(200ms);
  on.fail("c");
  EXPECT_EQ(d.take(), (lines{"attempt 2", "error c", "failed", "reconnect_error c"}));
  on.advance(1h);
  EXPECT_EQ(on.dials(), 3u);
  s.connect();
  EXPECT_EQ(on.dials(), 4u);
  on.join();
  EXPECT_TRUE(s.connected());
}

// P182
TEST(client_reconnect, counts_anew_after_success) {
  client_stage on(exact());
  diary d(on.io);
  auto s = on.io.socket("/");
  on.join();
  on.lose();
  on.advance(100ms);
  on.fail();
  on.advance(200ms);
  d.take();
  on.open();
  EXPECT_EQ(d.take(), (lines{"open", "reconnect 2"}));
  on.accept("", "s2");
  on.lose();
  on.advance(100ms);
  EXPECT_EQ(d.take(), (lines{"close transport close", "attempt 1"}));
}

// The CONNECT of the sockets leaves before reconnect is told.
TEST(client_reconnect, tells_between_open_and_connect) {
  std::vector<std::string> order;
  client_stage on(exact());
  auto s = on.io.socket("/");
  s.on_connect([&] { order.emplace_back("connect"); });
  on.io.on_reconnect(
      [&](std::uint32_t) { order.emplace_back(on.ws().take() == packets{"40"} ? "reconnect behind 40" : "reconnect"); });
  on.dials();
  on.fail();
  on.advance(100ms);
  on.join();
  EXPECT_EQ(order, (lines{"reconnect behind 40", "connect"}));
}

// P183
TEST(client_reconnect, fails_at_once_with_a_timeout_of_zero) {
  std::string why;
  client_stage on({.reconnection = false, .timeout = 0ms});
  auto s = on.io.socket("/");
  s.on_connect_error([&](const connect_error& e) { why = e.message; });
  on.advance(2ms);
  EXPECT_EQ(why, "timeout");
  EXPECT_TRUE(on.ws().closed);
}

// P183
TEST(client_reconnect, limits_each_attempt) {
  auto o = exact();
  o.timeout = 1s;
  client_stage on(o);
  diary d(on.io);
  auto s = on.io.socket("/");
  on.advance(999ms);
  EXPECT_TRUE(d.all.empty());
  on.advance(2ms);
  EXPECT_EQ(d.take(), lines{"error timeout"});
  on.advance(100ms);
  EXPECT_EQ(on.dials(), 2u);
  on.open();
  on.advance(10s);
  EXPECT_TRUE(on.io.connected()) << "not of an open connection";
}

TEST(client_reconnect, may_wait_without_limit) {
  client_stage on({.timeout = std::nullopt});
  auto s = on.io.socket("/");
  on.advance(24h);
  EXPECT_EQ(on.dials(), 1u);
}

// P184
TEST(client_reconnect, ends_with_the_last_active_socket) {
  client_stage on(exact());
  auto s = on.io.socket("/");
  auto other = on.io.socket("/other");
  on.dials();
  on.fail();
  s.disconnect();
  on.advance(100ms);
  EXPECT_EQ(on.dials(), 2u) << "the other one keeps it going";
  on.fail();
  other.disconnect();
  on.advance(1h);
  EXPECT_EQ(on.dials(), 2u);
}

TEST(client_reconnect, can_be_turned_off) {
  client_stage on(exact());
  auto s = on.io.socket("/");
  on.dials();
  on.fail();
  on.io.reconnection(false);
  on.advance(1h);
  EXPECT_EQ(on.dials(), 1u);
}

TEST(client_reconnect, does_not_when_the_option_says_so) {
  auto o = exact();
  o.reconnection = false;
  client_stage on(o);
  auto s = on.io.socket("/");
  on.join();
  on.lose();
  on.advance(1h);
  EXPECT_EQ(on.dials(), 1u);
  EXPECT_TRUE(s.active());
  s.connect();
  on.join("", "s2");
  EXPECT_TRUE(s.connected());
}

// A listener may end it all.
TEST(client_reconnect, can_be_stopped_by_its_own_events) {
  client_stage on(exact());
  auto s = on.io.socket("/");
  on.io.on_reconnect_attempt([&](std::uint32_t) { s.disconnect(); });
  on.dials();
  on.fail();
  on.advance(1h);
  EXPECT_EQ(on.dials(), 1u);
}

TEST(client_reconnect, opens_without_sockets) {
  client_stage on(exact());
  diary d(on.io);
  on.io.connect();
  on.open();
  EXPECT_EQ(on.heard(), packets{});
  EXPECT_EQ(d.take(), lines{"open"});
  auto s = on.io.socket("/");
  EXPECT_EQ(on.heard(), packets{"40"});
}

// P193: the first transport alone, unless all are to be tried.
TEST(client_reconnect, tries_the_next_transport) {
  client_options o = exact();
  o.transports = {client_transport::websocket, client_transport::polling, client_transport::polling};
  o.try_all_transports = true;
  client_stage on(o);
  auto s = on.io.socket("/");
  on.dials();
  EXPECT_EQ(on.roads->dials[0].kind, engine::transport_kind::websocket);
  on.fail();
  ASSERT_EQ(on.dials(), 2u);
  EXPECT_EQ(on.roads->dials[1].kind, engine::transport_kind::polling);
}

// P193
TEST(client_reconnect, tries_one_transport_by_default) {
  client_options o = exact();
  o.transports = {client_transport::websocket, client_transport::polling, client_transport::polling};
  client_stage on(o);
  auto s = on.io.socket("/");
  on.dials();
  on.fail();
  EXPECT_EQ(on.dials(), 1u);
}

// Listeners can be taken off, also by themselves and by each other.
TEST(client_reconnect, forgets_listeners) {
  std::vector<std::string> seen;
  listener_id second{};
  client_stage on(exact());
  const auto first = on.io.on_open([&] {
    seen.emplace_back("first");
    on.io.off(second);
  });
  second = on.io.on_open([&] { seen.emplace_back("second"); });
  on.io.connect();
  on.open();
  EXPECT_EQ(seen, lines{"first"});
  on.io.off(first);
  on.lose();
  on.advance(100ms);
  on.open();
  EXPECT_EQ(seen, lines{"first"});
}

TEST(client_reconnect, reports_listeners_that_throw) {
  int faults = 0;
  client_stage on(exact());
  on.io.on_fault([&](const fault&) { ++faults; });
  on.io.on_open([] { throw std::runtime_error("x"); });
  on.io.connect();
  on.open();
  EXPECT_EQ(faults, 1);
  EXPECT_TRUE(on.io.connected());
}

}  // namespace
}  // namespace jackfield::test
