// How sockets and connections end, in the reference's words, and who comes back by itself.
#include "unit/client/client_stage.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jackfield::test {
namespace {

struct ended {
  explicit ended(client_stage& on) : s(on.io.socket("/")) {
    s.on_disconnect([this](disconnect_reason why, std::string_view text) {
      reasons.emplace_back(name_of(why));
      texts.emplace_back(text);
      active = s.active();
    });
  }
  client_socket s;
  std::vector<std::string> reasons, texts;
  bool active = false;
};

client_options quickly() { return {.reconnection_delay = 10ms, .randomization_factor = 0}; }

// P179
TEST(client_disconnect, is_sent_away_by_the_server) {
  client_stage on(quickly());
  ended e(on);
  auto other = on.io.socket("/other");
  on.open();
  on.accept();
  on.accept("/other");
  on.say("41");
  EXPECT_EQ(e.reasons, std::vector<std::string>{"io server disconnect"});
  EXPECT_FALSE(e.active);
  on.advance(40s);
  EXPECT_EQ(on.dials(), 1u);
  EXPECT_TRUE(other.connected());
}

// P179 P186
TEST(client_disconnect, goes_itself_and_closes_behind_the_last) {
  std::string closed;
  client_stage on(quickly());
  ended e(on);
  auto other = on.io.socket("/other");
  on.open();
  on.accept();
  on.accept("/other");
  on.heard();
  on.io.on_close([&](disconnect_reason why, std::string_view) { closed = name_of(why); });
  e.s.emit("last");
  e.s.disconnect();
  EXPECT_EQ(e.reasons, std::vector<std::string>{"io client disconnect"}) << "at once";
  EXPECT_FALSE(e.active);
  EXPECT_EQ(on.heard(), (packets{R"(42["last"])", "41"}));
  EXPECT_TRUE(on.io.connected());
  EXPECT_FALSE(on.ws().closed);
  other.disconnect();
  on.settle();
  EXPECT_EQ(closed, "forced close");
  EXPECT_FALSE(on.io.connected());
  EXPECT_TRUE(on.ws().closed);
  on.advance(1h);
  EXPECT_EQ(on.dials(), 1u);
}

// P180
TEST(client_disconnect, comes_back_after_failures_of_the_connection) {
  struct {
    engine::close_reason how;
    const char* said;
  } const all[] = {{engine::close_reason::transport_close, "transport close"},
                   {engine::close_reason::transport_error, "transport error"}};
  for (const auto& c : all) {
    client_stage on(quickly());
    ended e(on);
    on.join();
    on.lose(c.how, "why");
    EXPECT_EQ(e.reasons, std::vector<std::string>{c.said});
    EXPECT_EQ(e.texts, std::vector<std::string>{"why"});
    EXPECT_TRUE(e.active);
    on.advance(10ms);
    EXPECT_EQ(on.dials(), 2u);
    on.join("", "s2");
    EXPECT_TRUE(e.s.connected());
  }
}

// P68 P180
TEST(client_disconnect, comes_back_after_a_ping_timeout) {
  int pings = 0;
  client_stage on(quickly());
  ended e(on);
  on.join();
  on.io.on_ping([&] { ++pings; });
  on.advance(25s);
  on.say("2");
  EXPECT_EQ(pings, 1);
  on.advance(44s);
  EXPECT_TRUE(e.s.connected());
  on.advance(2s);
  EXPECT_EQ(e.reasons, std::vector<std::string>{"ping timeout"});
  EXPECT_EQ(on.dials(), 2u);
}

// P180 P199
TEST(client_disconnect, comes_back_on_a_fresh_connection_after_nonsense) {
  client_stage on(quickly());
  ended e(on);
  on.join();
  on.say("4not a packet");
  EXPECT_EQ(e.reasons, std::vector<std::string>{"parse error"});
  EXPECT_TRUE(on.ws().closed);
  on.advance(10ms);
  EXPECT_EQ(on.dials(), 2u);
  on.join("", "s2");
  on.say(R"(42["x"])");
  EXPECT_TRUE(e.s.connected());
}

// P199
TEST(client_disconnect, calls_undecodable_engine_packets_a_transport_error) {
  client_stage on(quickly());
  ended e(on);
  on.join();
  on.session().on_undecodable(on.ws());
  on.settle();
  EXPECT_EQ(e.reasons, std::vector<std::string>{"transport error"});
  on.advance(10ms);
  EXPECT_EQ(on.dials(), 2u);
}

// P185
TEST(client_disconnect, can_connect_again_in_the_same_turn) {
  client_stage on(quickly());
  ended e(on);
  on.join();
  e.s.disconnect();
  e.s.connect();
  EXPECT_EQ(on.dials(), 2u);
  EXPECT_EQ(e.reasons, std::vector<std::string>{"io client disconnect"});
  on.join("", "s2");
  EXPECT_EQ(e.s.id(), "s2");
  on.advance(1h);
  EXPECT_EQ(e.reasons.size(), 2u) << "the second connection ends in silence, not of the first one's end";
}

TEST(client_disconnect, the_client_can_be_closed_whole) {
  client_stage on(quickly());
  ended e(on);
  on.join();
  on.io.disconnect();
  on.settle();
  EXPECT_EQ(e.reasons, std::vector<std::string>{"forced close"});
  on.advance(1h);
  EXPECT_EQ(on.dials(), 1u);
  e.s.connect();
  EXPECT_EQ(on.dials(), 2u);
}

TEST(client_disconnect, a_refusal_while_connected_ends_the_socket) {
  client_stage on(quickly());
  ended e(on);
  auto other = on.io.socket("/other");
  on.join();
  on.say(R"(44{"message":"changed my mind"})");
  EXPECT_EQ(e.reasons, std::vector<std::string>{"io server disconnect"});
  EXPECT_FALSE(e.s.active());
}

// Events and a second DISCONNECT behind the end are nobody's.
TEST(client_disconnect, hears_nothing_behind_its_end) {
  int events = 0;
  client_stage on(quickly());
  ended e(on);
  auto other = on.io.socket("/other");
  e.s.on("x", [&] { ++events; });
  on.join();
  e.s.disconnect();
  on.say(packets{R"(42["x"])", "41"});
  EXPECT_EQ(events, 0);
  EXPECT_EQ(e.reasons.size(), 1u);
}

// The answer to an event of before is none of the new connection's.
TEST(client_disconnect, answers_only_where_it_was_asked) {
  ack kept;
  client_stage on(quickly());
  ended e(on);
  e.s.on("q", [&](ack a) { kept = std::move(a); });
  on.join();
  on.say(R"(420["q"])");
  on.lose();
  on.advance(10ms);
  on.join("", "s2");
  on.heard();
  kept("late");
  EXPECT_EQ(on.heard(), packets{});
  on.say(R"(420["q"])");
  kept("now");
  EXPECT_EQ(on.heard(), packets{R"(430["now"])"});
}

// Not one that leaves the namespace either, which an official server would take for a violation.
TEST(client_disconnect, does_not_answer_after_leaving) {
  ack kept;
  client_stage on(quickly());
  ended e(on);
  auto other = on.io.socket("/other");
  e.s.on("q", [&](ack a) { kept = std::move(a); });
  on.join();
  on.say(R"(420["q"])");
  e.s.disconnect();
  on.heard();
  kept("late");
  EXPECT_EQ(on.heard(), packets{});
}

}  // namespace
}  // namespace jackfield::test
