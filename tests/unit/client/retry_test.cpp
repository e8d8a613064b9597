// retries: one at a time, until it is answered (protocol.md 5.8).
#include "unit/client/client_stage.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jackfield::test {
namespace {

using lines = std::vector<std::string>;

client_options trying(std::uint32_t retries) {
  return {.reconnection_delay = 10ms, .randomization_factor = 0, .retries = retries, .ack_timeout = 100ms};
}

// P190
TEST(client_retries, sends_one_after_the_other) {
  lines told;
  client_stage on(trying(3));
  auto s = on.io.socket("/");
  on.join();
  s.emit("a", [&](error e, int v) { told.push_back("a" + std::string(name_of(e.code)) + std::to_string(v)); });
  s.emit("b");
  s.emit("c");
  EXPECT_EQ(s.waiting_events(), 3u);
  EXPECT_EQ(on.heard(), packets{R"(420["a"])"});
  on.say("430[7]");
  EXPECT_EQ(told, lines{"anone7"});
  EXPECT_EQ(on.heard(), packets{R"(421["b"])"});
  on.say("431[]");
  EXPECT_EQ(on.heard(), packets{R"(422["c"])"});
  on.say("432[]");
  EXPECT_EQ(s.waiting_events(), 0u);
}

// P190
TEST(client_retries, tries_again_with_new_numbers_and_gives_up) {
  lines told;
  client_stage on(trying(2));
  auto s = on.io.socket("/");
  on.join();
  s.emit("a", 1, [&](error e, int) { told.push_back("a " + e.text); });
  s.emit("b");
  EXPECT_EQ(on.heard(), packets{R"(420["a",1])"});
  on.advance(100ms);
  EXPECT_EQ(on.heard(), packets{R"(421["a",1])"});
  on.say("430[]");
  EXPECT_EQ(on.heard(), packets{}) << "too late";
  on.advance(100ms);
  EXPECT_EQ(on.heard(), packets{R"(422["a",1])"});
  on.advance(100ms);
  EXPECT_EQ(told, lines{"a operation has timed out"});
  EXPECT_EQ(on.heard(), packets{R"(423["b"])"});
  EXPECT_EQ(s.dropped_events(), 1u);
}

// P190
TEST(client_retries, sends_nothing_while_away_and_again_on_return) {
  client_stage on(trying(5));
  auto s = on.io.socket("/");
  s.emit("a");
  s.emit("b");
  on.open();
  EXPECT_EQ(on.heard(), packets{"40"});
  on.accept();
  EXPECT_EQ(on.heard(), packets{R"(420["a"])"});
  on.lose();
  on.advance(10ms);
  on.join("", "s2");
  EXPECT_EQ(on.heard(), packets{R"(421["a"])"});
  on.say("431[]");
  EXPECT_EQ(on.heard(), packets{R"(422["b"])"});
}

// P190
TEST(client_retries, does_not_send_twice_what_is_emitted_at_connect) {
  client_stage on(trying(3));
  auto s = on.io.socket("/");
  s.on_connect([s] { s.emit("hello"); });
  on.join();
  EXPECT_EQ(on.heard(), packets{R"(420["hello"])"});
}

TEST(client_retries, counts_a_lost_connection_as_a_try) {
  lines told;
  client_stage on(trying(1));
  auto s = on.io.socket("/");
  s.emit("a", [&](error e, int) { told.push_back(e.text); });
  on.join();
  on.lose();
  EXPECT_TRUE(told.empty());
  on.advance(10ms);
  on.join("", "s2");
  on.lose();
  EXPECT_EQ(told, lines{"socket has been disconnected"});
}

TEST(client_retries, leaves_volatile_events_alone) {
  client_stage on(trying(3));
  auto s = on.io.socket("/");
  on.join();
  s.emit("a");
  s.volatile_().emit("v");
  EXPECT_EQ(on.heard(), (packets{R"(420["a"])", R"(42["v"])"}));
}

TEST(client_retries, keeps_attachments_for_the_next_try) {
  client_stage on(trying(3));
  auto s = on.io.socket("/");
  on.join();
  s.emit("a", bytes{std::byte{1}, std::byte{2}});
  const packets first{R"(451-0["a",{"_placeholder":true,"num":0}])", "b\x01\x02"};
  EXPECT_EQ(on.heard(), first);
  on.advance(100ms);
  EXPECT_EQ(on.heard(), (packets{R"(451-1["a",{"_placeholder":true,"num":0}])", "b\x01\x02"}));
}

TEST(client_retries, refuses_when_too_many_wait) {
  auto o = trying(3);
  o.away.max_events = 2;
  lines told;
  client_stage on(o);
  auto s = on.io.socket("/");
  EXPECT_TRUE(s.emit("a"));
  EXPECT_TRUE(s.emit("b"));
  EXPECT_FALSE(s.emit("c", [&](error e, int) { told.emplace_back(name_of(e.code)); }));
  EXPECT_EQ(told, lines{"too many"});
}

TEST(client_retries, may_be_of_one_socket) {
  client_stage on;
  client_socket_options o;
  o.retries = 2;
  o.ack_timeout = 50ms;
  auto s = on.io.socket("/", o);
  auto other = on.io.socket("/other");
  on.open();
  on.accept();
  on.accept("/other");
  on.heard();
  s.emit("a");
  s.emit("b");
  other.emit("a");
  other.emit("b");
  EXPECT_EQ(on.heard(), (packets{R"(420["a"])", R"(42/other,["a"])", R"(42/other,["b"])"}));
}

}  // namespace
}  // namespace jackfield::test
