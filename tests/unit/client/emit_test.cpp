// What goes out while connected and while not: limits, age, what gives way, the burst on return; volatile; answers
// (protocol.md 5.6, 5.7).
#include "unit/client/client_stage.hpp"

#include <jackfield/task.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace jackfield::test {
namespace {

using lines = std::vector<std::string>;

client_options quickly() { return {.reconnection_delay = 10ms, .randomization_factor = 0}; }

void come_back(client_stage& on, const std::string& sid = "s2") {
  on.advance(10ms);
  on.join("", sid);
}

TEST(client_emit, sends_at_once_when_connected) {
  client_stage on;
  auto s = on.io.socket("/");
  on.join();
  EXPECT_TRUE(s.emit("a", 1, "two", 3.5, nullptr, true));
  EXPECT_TRUE(s.send("hello"));
  EXPECT_EQ(on.heard(), (packets{R"(42["a",1,"two",3.5,null,true])", R"(42["message","hello"])"}));
  EXPECT_THROW(s.emit("connect"), bad_result);
}

// In the order of the calls, from any thread.
TEST(client_emit, can_be_called_from_elsewhere) {
  client_stage on;
  auto s = on.io.socket("/");
  on.join();
  on.host.foreign = true;
  EXPECT_TRUE(s.emit("a"));
  EXPECT_TRUE(s.emit("b", bytes{std::byte{1}}));
  on.host.foreign = false;
  EXPECT_EQ(on.heard(), (packets{R"(42["a"])", R"(451-["b",{"_placeholder":true,"num":0}])", "b\x01"}));
}

// P175
TEST(client_emit, keeps_events_while_away) {
  client_stage on(quickly());
  auto s = on.io.socket("/");
  on.join();
  on.lose();
  s.emit("a");
  s.emit("b");
  EXPECT_EQ(s.waiting_events(), 2u);
  come_back(on);
  EXPECT_EQ(on.heard(), (packets{R"(42["a"])", R"(42["b"])"}));
  EXPECT_EQ(s.dropped_events(), 0u);
}

TEST(client_emit, drops_the_oldest_beyond_a_count) {
  auto o = quickly();
  o.away = {.max_events = 2};
  lines told;
  client_stage on(o);
  auto s = on.io.socket("/");
  s.emit("a", [&](error e, int) { told.push_back("a " + std::string(name_of(e.code))); });
  s.emit("b");
  s.emit("c");
  EXPECT_EQ(told, lines{"a too many"});
  EXPECT_EQ(s.dropped_events(), 1u);
  on.join();
  EXPECT_EQ(on.heard(), (packets{R"(42["b"])", R"(42["c"])"}));
}

TEST(client_emit, refuses_beyond_a_count_when_told_so) {
  auto o = quickly();
  o.away = {.max_events = 1, .full = when_full::refuse};
  std::optional<errc> told;
  client_stage on(o);
  auto s = on.io.socket("/");
  EXPECT_TRUE(s.emit("a"));
  EXPECT_FALSE(s.emit("b", [&](error e, int) { told = e.code; }));
  EXPECT_EQ(told, errc::too_many);
  EXPECT_EQ(s.waiting_events(), 1u);
  EXPECT_EQ(s.dropped_events(), 1u);
}

TEST(client_emit, limits_the_bytes_that_wait) {
  auto o = quickly();
  o.away = {.max_bytes = 1000};
  client_stage on(o);
  auto s = on.io.socket("/");
  EXPECT_TRUE(s.emit("a", std::string(400, 'x')));
  EXPECT_TRUE(s.emit("b", std::string(400, 'x')));
  EXPECT_TRUE(s.emit("c", std::string(400, 'x')));
  EXPECT_EQ(s.waiting_events(), 2u);
  EXPECT_FALSE(s.emit("d", std::string(1000, 'x'))) << "it alone is too much";
  EXPECT_EQ(s.waiting_events(), 2u);
  EXPECT_EQ(s.dropped_events(), 2u);
  o.away = {.max_bytes = 0};
  client_stage none(o);
  EXPECT_FALSE(none.io.socket("/").emit("a"));
}

TEST(client_emit, drops_what_got_too_old) {
  auto o = quickly();
  o.away = {.max_age = 1s};
  std::optional<errc> told;
  client_stage on(o);
  auto s = on.io.socket("/");
  s.emit("a", [&](error e, int) { told = e.code; });
  on.advance(600ms);
  s.emit("b");
  on.advance(400ms);
  EXPECT_EQ(told, errc::timeout);
  EXPECT_EQ(s.waiting_events(), 1u);
  on.join();
  EXPECT_EQ(on.heard(), packets{R"(42["b"])"});
}

TEST(client_emit, comes_back_at_a_pace) {
  auto o = quickly();
  o.away = {.on_return = burst::paced, .paced_per_second = 10};
  client_stage on(o);
  auto s = on.io.socket("/");
  for (int i = 0; i < 4; ++i) s.emit("e", i);
  on.join();
  EXPECT_EQ(on.heard(), packets{R"(42["e",0])"});
  s.emit("new");
  EXPECT_FALSE(s.volatile_().emit("v"));
  on.advance(99ms);
  EXPECT_EQ(on.heard(), packets{});
  on.advance(1ms);
  EXPECT_EQ(on.heard(), packets{R"(42["e",1])"});
  on.advance(200ms);
  EXPECT_EQ(on.heard(), (packets{R"(42["e",2])", R"(42["e",3])"}));
  on.advance(100ms);
  EXPECT_EQ(on.heard(), packets{R"(42["new"])"}) << "behind those that waited";
  s.emit("direct");
  EXPECT_EQ(on.heard(), packets{R"(42["direct"])"});
}

TEST(client_emit, paces_across_a_break) {
  auto o = quickly();
  o.away = {.on_return = burst::paced, .paced_per_second = 1000};
  client_stage on(o);
  auto s = on.io.socket("/");
  for (int i = 0; i < 70; ++i) s.emit("e", i);
  on.join();
  EXPECT_EQ(on.heard().size(), 50u) << "fast ones go several per step";
  on.lose();
  come_back(on);
  EXPECT_EQ(on.heard().front(), R"(42["e",50])");
}

TEST(client_emit, keeps_the_latest_of_a_key) {
  auto o = quickly();
  o.away = {.on_return = burst::latest_of_key};
  client_stage on(o);
  auto s = on.io.socket("/");
  s.latest("temperature").emit("t", 1);
  s.emit("other");
  s.latest("pressure").emit("p", 5);
  s.latest("temperature").emit("t", 2);
  EXPECT_EQ(s.waiting_events(), 3u);
  EXPECT_EQ(s.dropped_events(), 1u);
  on.join();
  EXPECT_EQ(on.heard(), (packets{R"(42["t",2])", R"(42["other"])", R"(42["p",5])"}));
}

// P187
TEST(client_emit, drops_volatile_events_that_cannot_go_at_once) {
  std::optional<errc> told;
  client_stage on(quickly());
  auto s = on.io.socket("/");
  EXPECT_FALSE(s.volatile_().emit("early"));
  on.join();
  EXPECT_TRUE(s.volatile_().emit("idle"));
  on.ws().hold();
  s.emit("fills");
  EXPECT_FALSE(s.volatile_().emit("busy"));
  EXPECT_FALSE(s.volatile_().emit("busy", [&](error e, int) { told = e.code; }));
  EXPECT_EQ(told, errc::disconnected);
  EXPECT_EQ(on.heard(), (packets{R"(42["idle"])", R"(42["fills"])"}));
  on.lose();
  EXPECT_FALSE(s.volatile_().emit("away"));
  come_back(on);
  EXPECT_EQ(on.heard(), packets{});
}

TEST(client_emit, limits_what_the_connection_has_not_taken) {
  auto o = quickly();
  o.limits.unsent_bytes = 1000;
  int accepted = 0;
  client_stage on(o);
  auto s = on.io.socket("/");
  on.join();
  on.ws().hold();
  for (int i = 0; i < 20; ++i) accepted += s.emit("e", std::string(90, 'x'));
  EXPECT_GE(accepted, 9);
  EXPECT_LT(accepted, 11);
  EXPECT_TRUE(s.connected()) << "the connection is not the one to suffer";
  EXPECT_EQ(s.dropped_events(), 20u - static_cast<unsigned>(accepted));
}

TEST(client_emit, tells_when_all_is_out) {
  int done = 0;
  client_stage on(quickly());
  auto s = on.io.socket("/");
  s.emit("a");
  s.drained().then([&](result<void> r) { done += r ? 1 : 100; });
  on.open();
  on.ws().hold();
  on.accept();
  EXPECT_EQ(done, 0);
  EXPECT_TRUE(on.ws().drain_wanted) << "of the session that came after the question";
  on.ws().drain(on.session());
  on.settle();
  EXPECT_EQ(done, 1);
  s.drained().then([&](result<void> r) { done += r ? 1 : 100; });
  EXPECT_EQ(done, 2) << "nothing waits";
}

// --- answers

// P135
TEST(client_ack, brings_the_answer) {
  int sum = 0;
  std::string text;
  client_stage on;
  auto s = on.io.socket("/");
  on.join();
  s.emit("sum", 1, 2, [&](int n) { sum = n; });
  s.emit("say", [&](error e, std::string t, bytes b) { text = std::string(name_of(e.code)) + t + std::to_string(b.size()); });
  EXPECT_EQ(on.heard(), (packets{R"(420["sum",1,2])", R"(421["say"])"}));
  on.say(packets{R"(461-1["x",{"_placeholder":true,"num":0}])", "b12345", "430[3]", "430[4]", "4377[1]"});
  EXPECT_EQ(sum, 3) << "the second answer to one question is none";
  EXPECT_EQ(text, "nonex5");
}

// P191: a time-out for all, without one per call.
TEST(client_ack, has_a_time_limit_when_told_so) {
  client_options o;
  o.ack_timeout = 500ms;
  lines told;
  client_stage on(o);
  auto s = on.io.socket("/");
  on.join();
  s.emit("a", [&](error e, int v) { told.push_back("a " + std::string(name_of(e.code)) + std::to_string(v)); });
  s.timeout(900ms).emit("b", [&](error e, int) { told.push_back("b " + e.text); });
  on.advance(499ms);
  EXPECT_TRUE(told.empty());
  on.advance(1ms);
  EXPECT_EQ(told, lines{"a timeout0"});
  on.say("430[7]");
  EXPECT_EQ(told.size(), 1u) << "too late";
  on.advance(400ms);
  EXPECT_EQ(told.back(), "b operation has timed out");
}

TEST(client_ack, waits_for_ever_by_default) {
  int got = 0;
  client_stage on;
  auto s = on.io.socket("/");
  on.open();
  on.say(packets{});
  on.accept();
  s.emit("a", [&](int v) { got = v; });
  for (int i = 0; i < 100; ++i) {
    on.advance(25s);
    on.say("2");
  }
  on.say("430[5]");
  EXPECT_EQ(got, 5);
}

// P188
TEST(client_ack, does_not_send_what_timed_out_before) {
  std::optional<errc> told;
  client_stage on;
  auto s = on.io.socket("/");
  s.timeout(100ms).emit("a", [&](error e, int) { told = e.code; });
  s.emit("b");
  on.advance(100ms);
  EXPECT_EQ(told, errc::timeout);
  EXPECT_EQ(s.waiting_events(), 1u);
  on.join();
  EXPECT_EQ(on.heard(), packets{R"(42["b"])"});
}

// P189
TEST(client_ack, fails_with_the_connection_but_for_what_waits) {
  lines told;
  bool plain = false;
  int got = 0;
  client_stage on(quickly());
  auto s = on.io.socket("/");
  on.join();
  s.on_disconnect([&] { told.emplace_back("disconnect"); });
  s.emit("plain", [&](int) { plain = true; });
  s.emit("error first", [&](error e, int) { told.push_back("error first: " + e.text); });
  s.emit_with_ack("promise").then([&](result<value> r) { told.push_back("promise " + std::string(name_of(r.error().code))); });
  on.heard();
  on.lose();
  EXPECT_EQ(told, (lines{"disconnect", "error first: socket has been disconnected", "promise disconnected"}));
  s.emit("waits", [&](error, int v) { got = v; });
  on.advance(10ms);
  on.fail();
  on.advance(20ms);
  on.join("", "s2");
  EXPECT_EQ(on.heard(), packets{R"(423["waits"])"}) << "numbers go on";
  on.say("433[9]");
  EXPECT_EQ(got, 9);
  EXPECT_FALSE(plain);
}

TEST(client_ack, limits_how_many_are_waited_for) {
  client_options o;
  o.limits.pending_acks = 2;
  lines told;
  client_stage on(o);
  auto s = on.io.socket("/");
  on.join();
  for (int i = 0; i < 3; ++i) s.emit("q", [&](error e, int) { told.emplace_back(name_of(e.code)); });
  EXPECT_EQ(told, lines{"too many"});
  EXPECT_EQ(on.heard().size(), 2u);
}

TEST(client_ack, tells_of_an_answer_that_does_not_fit) {
  std::optional<errc> told;
  client_stage on;
  auto s = on.io.socket("/");
  on.join();
  s.emit("q", [&](error e, int) { told = e.code; });
  on.say(R"(430["text"])");
  EXPECT_EQ(told, errc::bad_argument);
}

// Coroutines, futures, callbacks.
TEST(client_ack, is_awaited) {
  lines told;
  client_stage on;
  auto s = on.io.socket("/");
  on.join();
  const auto ask = [&](client_socket me) -> detail::detached {
    told.push_back("got " + std::to_string(co_await me.emit_with_ack<int>("q", 1)));
    try {
      co_await me.timeout(100ms).emit_with_ack<int>("q", 2);
    } catch (const bad_result& e) {
      told.emplace_back(e.what());
    }
  };
  ask(s);
  auto later = s.emit_with_ack<std::string>("f").future();
  on.say("430[41]");
  EXPECT_EQ(told, lines{"got 41"});
  on.say(R"(431["x"])");
  EXPECT_EQ(later.get(), "x");
  on.advance(100ms);
  EXPECT_EQ(told.back(), "operation has timed out");
}

TEST(client_ack, reports_callbacks_that_throw) {
  int faults = 0;
  client_stage on;
  on.io.on_fault([&](const fault& f) { faults += f.where == "acknowledgement" && f.nsp == "/"; });
  auto s = on.io.socket("/");
  on.join();
  s.emit("q", [](error, int) { throw std::runtime_error("x"); });
  s.timeout(10ms).emit("q", [](error, int) { throw std::runtime_error("x"); });
  on.say("430[1]");
  on.advance(10ms);
  EXPECT_EQ(faults, 2);
  EXPECT_TRUE(s.connected());
}

}  // namespace
}  // namespace jackfield::test
