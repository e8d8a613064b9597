// What programs hear: handlers of every kind, their removal, catch-alls, streams, faults.
#include "unit/client/client_stage.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace jackfield::test {

struct point {
  int x = 0, y = 0;
};
BOOST_DESCRIBE_STRUCT(point, (), (x, y))

namespace {

using lines = std::vector<std::string>;

TEST(client_handlers, take_typed_arguments) {
  lines seen;
  client_stage on;
  auto s = on.io.socket("/");
  s.on("p", [&](point p, std::vector<int> v) { seen.push_back(std::to_string(p.x + p.y) + "/" + std::to_string(v.size())); });
  s.on("b", [&](bytes_view b) { seen.push_back("bytes " + std::to_string(b.size())); });
  s.on("me", [&](jf::client_socket me, jf::args all) { seen.push_back(me.id() + " " + std::to_string(all.size())); });
  on.join();
  on.say(packets{R"(42["p",{"x":1,"y":2},[1,2,3]])", R"(451-["b",{"_placeholder":true,"num":0}])", "babc", R"(42["me",1,2])"});
  EXPECT_EQ(seen, (lines{"3/3", "bytes 3", "s1 2"}));
}

TEST(client_handlers, do_not_see_arguments_that_do_not_fit) {
  int calls = 0;
  lines errors;
  client_stage on;
  auto s = on.io.socket("/");
  s.on("p", [&](point) { ++calls; });
  s.on_error([&](const error& e) { errors.push_back(e.text); });
  on.join();
  on.heard();
  on.say(packets{R"(42["p","text"])", R"(427["p",{"x":"y"}])"});
  EXPECT_EQ(calls, 0);
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_TRUE(errors[0].starts_with("p: ")) << errors[0];
  const auto answers = on.heard();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers[0].starts_with(R"(437[{"error":{"code":"bad_argument")")) << answers[0];
}

// P136
TEST(client_handlers, answer_by_value_ack_and_coroutine) {
  client_stage on;
  auto s = on.io.socket("/");
  s.on("value", [](int a, int b) { return a + b; });
  s.on("ack", [](jf::ack answer) {
    answer("once");
    answer("twice");
  });
  s.on("task", [](jf::client_socket me) -> jf::task<std::string> { co_return co_await me.emit_with_ack<std::string>("back"); });
  on.join();
  on.say(packets{R"(421["value",1,2])", R"(422["ack"])", R"(423["task"])", R"(42["value",5,6])"});
  EXPECT_EQ(on.heard(), (packets{"431[3]", R"(432["once"])", R"(420["back"])"}));
  on.say(R"(430["there"])");
  EXPECT_EQ(on.heard(), packets{R"(433["there"])"});
}

TEST(client_handlers, are_registered_and_removed) {
  lines seen;
  client_stage on;
  auto s = on.io.socket("/");
  s.on("e", [&] { seen.emplace_back("b"); });
  const auto c = s.on("e", [&] { seen.emplace_back("c"); });
  s.prepend("e", [&] { seen.emplace_back("a"); });
  s.once("e", [&] { seen.emplace_back("once"); });
  s.prepend_once("e", [&] { seen.emplace_back("first once"); });
  on.join();
  on.say(R"(42["e"])");
  EXPECT_EQ(std::exchange(seen, {}), (lines{"first once", "a", "b", "c", "once"}));
  s.off(c);
  on.say(R"(42["e"])");
  EXPECT_EQ(std::exchange(seen, {}), (lines{"a", "b"}));
  s.off("e");
  on.say(R"(42["e"])");
  EXPECT_TRUE(seen.empty());
  s.on("f", [&] { seen.emplace_back("f"); });
  s.on_any([&](std::string_view name) { seen.push_back("any " + std::string(name)); });
  s.off();
  on.say(R"(42["f"])");
  EXPECT_EQ(seen, lines{"any f"});
}

// P141 P142
TEST(client_handlers, catch_all_in_and_out) {
  client_options o{.reconnection_delay = 10ms, .randomization_factor = 0};
  lines seen;
  client_stage on(o);
  auto s = on.io.socket("/");
  s.on_any(
      [&](std::string_view name, const jf::args& a) { seen.push_back("in " + std::string(name) + std::to_string(a.size())); });
  s.prepend_any([&](std::string_view name) { seen.push_back("first " + std::string(name)); });
  s.on_any_outgoing(
      [&](std::string_view name, const jf::args& a) { seen.push_back("out " + std::string(name) + std::to_string(a.size())); });
  const auto before = s.prepend_any_outgoing([&](std::string_view) { seen.emplace_back("before"); });
  s.on("e", [&] { seen.emplace_back("handler"); });
  s.emit("waits", 1);
  EXPECT_TRUE(seen.empty()) << "when it is sent";
  on.join();
  EXPECT_EQ(std::exchange(seen, {}), (lines{"before", "out waits1"}));
  on.say(R"(424["e",1,2])");
  EXPECT_EQ(std::exchange(seen, {}), (lines{"first e", "in e2", "handler"}));
  s.off_any_outgoing(before);
  s.emit("b", bytes{std::byte{1}});
  EXPECT_EQ(std::exchange(seen, {}), lines{"out b1"});
  s.off_any();
  s.off_any_outgoing();
  s.emit("c");
  on.say(R"(42["e"])");
  EXPECT_EQ(seen, lines{"handler"});
}

TEST(client_handlers, a_catch_all_may_answer) {
  lines seen;
  client_stage on;
  auto s = on.io.socket("/");
  s.on_any([&](std::string_view, const jf::args& a, jf::ack answer) {
    seen.emplace_back(answer ? "asked" : "told");
    answer(a.size());
  });
  on.join();
  on.heard();
  on.say(packets{R"(425["e",1,2])", R"(42["e"])"});
  EXPECT_EQ(seen, (lines{"asked", "told"}));
  EXPECT_EQ(on.heard(), packets{"435[2]"});
}

TEST(client_handlers, that_throw_are_reported) {
  lines where;
  int calls = 0;
  client_stage on;
  on.io.on_fault(
      [&](const fault& f) { where.push_back(std::string(f.where) + " " + std::string(f.nsp) + " " + std::string(f.socket_id)); });
  auto s = on.io.socket("/");
  s.on("e", [] { throw 1; });
  s.on("e", [&] { ++calls; });
  s.on_connect([] { throw std::runtime_error("x"); });
  on.join();
  on.say(R"(42["e"])");
  ASSERT_EQ(where.size(), 2u);
  EXPECT_EQ(where[1], "e / s1");
  EXPECT_EQ(calls, 1) << "the others are called all the same";
  EXPECT_TRUE(s.connected());
}

TEST(client_handlers, stay_across_connections) {
  int events = 0, connects = 0;
  client_stage on({.reconnection_delay = 10ms, .randomization_factor = 0});
  auto s = on.io.socket("/");
  s.on("e", [&] { ++events; });
  s.on_connect([&] { ++connects; });
  on.join();
  on.say(R"(42["e"])");
  on.lose();
  on.advance(10ms);
  on.join("", "s2");
  on.say(R"(42["e"])");
  EXPECT_EQ(events, 2);
  EXPECT_EQ(connects, 2);
}

// --- streams

TEST(client_stream, gives_events_one_after_another) {
  lines seen;
  client_stage on;
  auto s = on.io.socket("/");
  auto news = s.event<std::string>("news");
  const auto read = [&](event_stream<std::string> from) -> detail::detached {
    try {
      while (true) seen.push_back(co_await from);
    } catch (const bad_result& e) {
      seen.emplace_back(name_of(e.code()));
    }
  };
  on.join();
  on.say(R"(42["news","kept"])");
  read(news);
  EXPECT_EQ(seen, lines{"kept"});
  on.say(packets{R"(42["news","a"])", R"(42["news","b"])"});
  EXPECT_EQ(seen, (lines{"kept", "a", "b"}));
  on.manager->end();
  EXPECT_EQ(seen.back(), "disconnected");
}

TEST(client_stream, keeps_so_many) {
  client_stage on;
  auto s = on.io.socket("/");
  auto oldest = s.event<int>("e", {.capacity = 2});
  auto newest = s.event<int>("e", {.capacity = 2, .when_full = stream_options::overflow::drop_newest});
  auto none = s.event<int>("e", {.capacity = 0});
  on.join();
  for (int i = 1; i <= 4; ++i) on.say(R"(42["e",)" + std::to_string(i) + "]");
  EXPECT_EQ(oldest.next().future().get(), 3);
  EXPECT_EQ(newest.next().future().get(), 1);
  EXPECT_EQ(oldest.dropped(), 2u);
  EXPECT_EQ(newest.dropped(), 2u);
  EXPECT_EQ(none.dropped(), 4u);
  auto waits = none.next();
  EXPECT_FALSE(waits.ready());
  on.say(R"(42["e",5])");
  EXPECT_EQ(waits.future().get(), 5);
}

TEST(client_stream, is_of_several_arguments) {
  client_stage on;
  auto s = on.io.socket("/");
  auto all = s.event<int, std::string>("e");
  on.join();
  on.say(R"(42["e",1,"x"])");
  EXPECT_EQ(all.next().future().get(), (std::tuple<int, std::string>(1, "x")));
}

TEST(client_stream, stops_listening_with_its_last_copy) {
  int misfits = 0;
  client_stage on;
  auto s = on.io.socket("/");
  s.on_error([&](const error&) { ++misfits; });
  on.join();
  auto a = std::make_unique<event_stream<int>>(s.event<int>("e"));
  auto b = std::make_unique<event_stream<int>>(*a);
  a.reset();
  on.say(R"(42["e","no number"])");
  EXPECT_EQ(misfits, 1) << "it listens";
  b.reset();
  on.say(R"(42["e","no number"])");
  EXPECT_EQ(misfits, 1);
}

// One that waits for the first is told, whatever thread it is of.
TEST(client_stream, is_waited_for_by_threads) {
  int got = 0;
  client_stage on;
  auto s = on.io.socket("/");
  auto news = s.event<int>("e");
  auto f = news.next().future();
  std::thread waits([&] { got = f.get(); });
  on.join();
  on.say(R"(42["e",8])");
  waits.join();
  EXPECT_EQ(got, 8);
}

}  // namespace
}  // namespace jackfield::test
