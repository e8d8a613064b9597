// From the first socket to connect: CONNECT, its answer, what waited, what came early; refusals; namespaces on one connection.
#include "unit/client/client_stage.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jackfield::test {
namespace {

// P174
TEST(client_connect, opens_nothing_before_it_is_asked) {
  client_stage on({.auto_connect = false});
  auto s = on.io.socket("/");
  EXPECT_EQ(on.dials(), 0u);
  EXPECT_FALSE(s.active());
  s.connect();
  EXPECT_EQ(on.dials(), 1u);
  EXPECT_TRUE(s.active());
  EXPECT_FALSE(s.connected());
}

// P171 P177
TEST(client_connect, sends_connect_and_takes_the_answer) {
  int connects = 0;
  client_stage on;
  auto s = on.io.socket("/");
  s.on_connect([&] { ++connects; });
  on.open();
  EXPECT_TRUE(on.io.connected());
  EXPECT_EQ(on.io.transport(), "websocket");
  EXPECT_EQ(on.heard(), packets{"40"});
  EXPECT_EQ(s.id(), "");
  on.accept();
  EXPECT_EQ(connects, 1);
  EXPECT_TRUE(s.connected());
  EXPECT_FALSE(s.disconnected());
  EXPECT_EQ(s.id(), "s1");
  EXPECT_FALSE(s.recovered());
}

// P177
TEST(client_connect, has_an_id_per_connection) {
  client_stage on({.reconnection_delay = 10ms, .randomization_factor = 0});
  auto s = on.io.socket("/");
  on.join("", "one");
  EXPECT_EQ(s.id(), "one");
  on.lose();
  EXPECT_EQ(s.id(), "");
  on.advance(10ms);
  on.join("", "two");
  EXPECT_EQ(s.id(), "two");
}

// P175
TEST(client_connect, sends_what_waited_before_it_tells) {
  client_stage on;
  auto s = on.io.socket("/");
  s.emit("a", 1);
  s.emit("b", bytes{std::byte{7}});
  s.on_connect([s] { s.emit("c"); });
  on.open();
  EXPECT_EQ(on.heard(), packets{"40"});
  EXPECT_EQ(s.waiting_events(), 2u);
  on.accept();
  EXPECT_EQ(on.heard(), (packets{R"(42["a",1])", R"(451-["b",{"_placeholder":true,"num":0}])", "b\x07", R"(42["c"])"}));
  EXPECT_EQ(s.waiting_events(), 0u);
}

// P176
TEST(client_connect, delivers_what_came_early_with_connected_set) {
  std::vector<std::string> seen;
  client_stage on;
  auto s = on.io.socket("/");
  s.on("early", [&](jf::client_socket me, std::string text) { seen.push_back(text + (me.connected() ? " connected" : "")); });
  s.on("bin", [&](bytes b) { seen.push_back("bytes " + std::to_string(b.size())); });
  s.on_connect([&] { seen.push_back("connect"); });
  on.open();
  on.say(packets{R"(42["early","x"])", R"(451-["bin",{"_placeholder":true,"num":0}])", "b123"});
  EXPECT_TRUE(seen.empty());
  on.accept();
  EXPECT_EQ(seen, (std::vector<std::string>{"x connected", "bytes 3", "connect"}));
}

// P176: one that sends them without end is no server.
TEST(client_connect, limits_what_comes_early) {
  std::string why;
  client_stage on({.reconnection = false, .limits = {.early_event_bytes = 2000}});
  auto s = on.io.socket("/");
  s.on_connect_error([&](const connect_error& e) { why = e.message; });
  on.open();
  for (int i = 0; i < 20; ++i) on.say(R"(42["early",")" + std::string(100, 'x') + "\"]");
  EXPECT_NE(why.find("too many events"), std::string::npos) << why;
  EXPECT_FALSE(on.io.connected());
}

// P178
TEST(client_connect, hears_refusals) {
  std::vector<connect_error> errors;
  client_stage on;
  auto s = on.io.socket("/admin");
  s.on_connect_error([&](const connect_error& e) { errors.push_back(e); });
  on.open();
  EXPECT_EQ(on.heard(), packets{"40/admin,"});
  on.say(R"(44/admin,{"message":"not you","data":{"code":7}})");
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].message, "not you");
  EXPECT_EQ(errors[0].data, (value(object{{"code", 7}})));
  EXPECT_TRUE(errors[0].refused);
  EXPECT_FALSE(s.active());
  EXPECT_FALSE(on.io.connected()) << "the last active socket is gone";
}

// P178 P179
TEST(client_connect, stays_refused_until_asked_again) {
  client_stage on({.reconnection_delay = 10ms});
  auto other = on.io.socket("/other");
  auto s = on.io.socket("/");
  on.open();
  on.accept("/other");
  on.say(R"(44{"message":"no"})");
  on.heard();
  on.advance(40s);
  EXPECT_FALSE(s.active());
  EXPECT_EQ(on.dials(), 1u);
  s.connect();
  EXPECT_EQ(on.heard(), packets{"40"});
  on.accept();
  EXPECT_TRUE(s.connected());
  EXPECT_TRUE(other.connected());
}

// P178
TEST(client_connect, hears_failures_of_the_connection_and_goes_on) {
  std::vector<connect_error> errors;
  bool active = false;
  client_stage on({.reconnection_delay = 10ms, .randomization_factor = 0});
  auto s = on.io.socket("/");
  s.on_connect_error([&](const connect_error& e) {
    errors.push_back(e);
    active = s.active();
  });
  on.settle();
  on.fail("connection refused");
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].message, "connection refused");
  EXPECT_TRUE(errors[0].data.is_null());
  EXPECT_FALSE(errors[0].refused);
  EXPECT_TRUE(active);
  on.advance(10ms);
  EXPECT_EQ(on.dials(), 2u);
}

// P200
TEST(client_connect, tells_of_an_old_server) {
  for (const char* answer : {"40", "40{}", R"(40{"sid":7})", R"(40{"sid":""})"}) {
    client_stage on;
    auto s = on.io.socket("/");
    std::string why;
    s.on_connect_error([&](const connect_error& e) { why = e.message; });
    on.open();
    on.say(answer);
    EXPECT_NE(why.find("v2.x"), std::string::npos) << answer;
    EXPECT_FALSE(s.connected());
    EXPECT_TRUE(on.io.connected());
  }
}

// P192
TEST(client_connect, asks_for_auth_at_each_connection) {
  client_stage on({.reconnection_delay = 10ms, .randomization_factor = 0, .auth = [n = 0]() mutable {
                     return value(object{{"n", ++n}});
                   }});
  auto s = on.io.socket("/");
  on.open();
  EXPECT_EQ(on.heard(), packets{R"(40{"n":1})"});
  on.accept();
  on.lose();
  on.advance(10ms);
  on.open();
  EXPECT_EQ(on.heard(), packets{R"(40{"n":2})"});
}

// P192: an answer may come later, from anywhere; one for an earlier connection is none.
TEST(client_connect, waits_for_auth) {
  std::vector<client_auth::answer> asked;
  client_stage on(
      {.reconnection_delay = 10ms, .randomization_factor = 0, .auth = [&](client_auth::answer a) { asked.push_back(a); }});
  auto s = on.io.socket("/");
  on.open();
  EXPECT_EQ(on.heard(), packets{});
  on.lose();
  on.advance(10ms);
  on.open();
  ASSERT_EQ(asked.size(), 2u);
  asked[0](value(object{{"old", true}}));
  EXPECT_EQ(on.heard(), packets{});
  on.host.foreign = true;
  asked[1](value(object{{"new", true}}));
  on.host.foreign = false;
  asked[1](value(object{{"twice", true}}));
  EXPECT_EQ(on.heard(), packets{R"(40{"twice":true})"}) << "the posted one comes later, and second";
}

// P192
TEST(client_connect, sends_auth_of_several_kinds) {
  const auto first = [](client_auth a) {
    client_stage on({.auth = std::move(a)});
    auto s = on.io.socket("/");
    on.open();
    return on.heard();
  };
  EXPECT_EQ(first(object{{"token", "t"}}), packets{R"(40{"token":"t"})"});
  EXPECT_EQ(first(value("text")), packets{"40"});
  EXPECT_EQ(first([] { return value(); }), packets{"40"});
  EXPECT_EQ(first(object{{"key", bytes{std::byte{1}, std::byte{255}}}}),
            packets{R"(40{"key":{"type":"Buffer","data":[1,255]}})"});
}

TEST(client_connect, reports_an_auth_function_that_throws) {
  std::string where;
  std::string why;
  client_stage on({.auth = []() -> value { throw std::runtime_error("no token"); }});
  on.io.on_fault([&](const fault& f) { where = f.where; });
  auto s = on.io.socket("/", [](client_socket) {});
  s.on_connect_error([&](const connect_error& e) { why = e.message; });
  on.open();
  EXPECT_EQ(where, "auth");
  EXPECT_EQ(why, "the auth function failed");
  EXPECT_FALSE(s.active());
}

// P173
TEST(client_connect, shares_one_connection_among_namespaces) {
  std::vector<std::string> seen;
  client_stage on;
  auto root = on.io.socket("");
  auto chat = on.io.socket("chat");
  EXPECT_EQ(on.io.socket("/chat"), chat);
  EXPECT_NE(root, chat);
  root.on("m", [&](std::string t) { seen.push_back("root " + t); });
  chat.on("m", [&](std::string t) { seen.push_back("chat " + t); });
  on.open();
  EXPECT_EQ(on.heard(), (packets{"40", "40/chat,"}));
  EXPECT_EQ(on.dials(), 1u);
  on.accept("", "r");
  on.accept("/chat", "c");
  on.say(packets{R"(42["m","1"])", R"(42/chat,["m","2"])", R"(42/unknown,["m","3"])"});
  EXPECT_EQ(seen, (std::vector<std::string>{"root 1", "chat 2"}));
  chat.emit("x");
  EXPECT_EQ(on.heard(), packets{R"(42/chat,["x"])"});
}

// P172
TEST(client_connect, takes_the_namespace_of_the_url) {
  client_stage on({}, "http://h/admin?x=1");
  auto s = on.io.socket();
  EXPECT_EQ(s.nsp_name(), "/admin");
  on.open();
  EXPECT_EQ(on.heard(), packets{"40/admin,"});
}

// P173: a socket that is asked for again connects again, unless it is active.
TEST(client_connect, connects_a_socket_that_is_asked_for_again) {
  client_stage on;
  auto s = on.io.socket("/");
  auto other = on.io.socket("/other");
  on.join();
  s.disconnect();
  on.heard();
  on.io.socket("/");
  EXPECT_EQ(on.heard(), packets{"40"});
}

TEST(client_connect, calls_a_connect_handler_that_comes_late_from_elsewhere) {
  int calls = 0;
  client_stage on;
  auto s = on.io.socket("/");
  on.join();
  on.host.foreign = true;
  s.on_connect([&] { ++calls; });
  on.host.foreign = false;
  on.settle();
  EXPECT_EQ(calls, 1);
  s.on_connect([&] { ++calls; });
  on.settle();
  EXPECT_EQ(calls, 1) << "on the loop nobody can be late without knowing it";
}

// Before the answer to CONNECT, disconnect() silently gives up; the server is told when it answers.
TEST(client_connect, leaves_before_it_is_accepted) {
  bool told = false;
  client_stage on;
  auto s = on.io.socket("/");
  auto other = on.io.socket("/other");
  s.on_disconnect([&] { told = true; });
  on.open();
  s.disconnect();
  on.heard();
  on.accept();
  EXPECT_EQ(on.heard(), packets{"41"});
  EXPECT_FALSE(s.connected());
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace jackfield::test
