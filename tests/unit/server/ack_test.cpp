// Questions to clients: callbacks, coroutines, futures, timeouts (protocol.md 4.4).
#include "unit/server/stage.hpp"

namespace jackfield::test {
namespace {

struct talk : stage {
  explicit talk(server_options o = {}) : stage(std::move(o)) {
    io.on_connection([this](jf::socket who) { all.push_back(who); });
    c = &ws().join();
  }
  jf::socket& s() { return all.front(); }

  std::vector<jf::socket> all;
  client* c;
};

// P107 P135
TEST(ack, ids_are_counted_per_namespace) {
  talk on;
  on.io.of("/b").on_connection([](jf::socket s) { s.emit("b", [](int) {}); });
  auto& other = on.ws().join();
  on.s().emit("q", [](int) {});
  on.all[1].emit("q", [](int) {});
  on.s().emit("none");
  on.s().emit("q", 1, [](int) {});
  EXPECT_EQ(on.c->heard(), (packets{R"(420["q"])", R"(42["none"])", R"(422["q",1])"}));
  EXPECT_EQ(other.heard(), packets{R"(421["q"])"});
  EXPECT_EQ(other.say("40/b,").heard().back(), R"(42/b,0["b"])");
}

// P110 P135 P136
TEST(ack, callbacks_get_typed_answers_once) {
  talk on;
  std::string got;
  on.s().emit("q", [&](std::string a, std::optional<int> b) { got += a + std::to_string(b.value_or(-1)) + ";"; });
  on.s().emit("q",
              [&](const jf::error& e, jf::bytes b) { got += std::string(name_of(e.code)) + std::to_string(b.size()) + ";"; });
  on.c->say(packets{R"(430["x",5])", R"(430["again"])", R"(4399["unknown"])"});
  on.c->say(packets{R"(461-1[{"_placeholder":true,"num":0}])", "babc"});
  EXPECT_EQ(got, "x5;none3;");
}

TEST(ack, an_answer_that_does_not_fit) {
  talk on;
  std::string got;
  on.s().emit("q", [&](int) { got += "called"; });
  on.s().emit("q", [&](jf::error e, int i) { got += std::string(name_of(e.code)) + std::to_string(i); });
  auto typed = on.s().emit_with_ack<int>("q").future();
  on.c->say(packets{R"(430["x"])", R"(431["x"])", R"(432["x"])"});
  EXPECT_EQ(got, "bad argument0");
  EXPECT_THROW(typed.get(), jf::bad_result);
}

// P137
TEST(ack, timeouts_come_once_and_late_answers_are_ignored) {
  talk on;
  std::vector<errc> got;
  on.s().timeout(100ms).emit("q", [&](jf::error e, jf::value) { got.push_back(e.code); });
  on.s().timeout(200ms).emit("q", [&](jf::error e, jf::value) { got.push_back(e.code); });
  on.advance(99ms);
  EXPECT_TRUE(got.empty());
  on.advance(1ms);
  EXPECT_EQ(got, std::vector{errc::timeout});
  on.c->say(packets{"430[1]", "431[1]"});
  EXPECT_EQ(got, (std::vector{errc::timeout, errc::none}));
  on.advance(10s);
  EXPECT_EQ(got.size(), 2u);
}

// P138
TEST(ack, disconnection_is_told_to_those_who_can_hear_it) {
  talk on;
  int plain = 0;
  errc heard{};
  on.s().emit("q", [&](jf::value) { ++plain; });
  on.s().timeout(10s).emit("q", [&](jf::error e) { heard = e.code; });
  auto f = on.s().emit_with_ack("q").future();
  on.c->lose();
  EXPECT_EQ(heard, errc::disconnected);
  EXPECT_THROW(f.get(), jf::bad_result);
  on.advance(100s);
  EXPECT_EQ(plain, 0);
  EXPECT_FALSE(on.s().emit("q", [&](jf::error e) { heard = e.code; }));
}

// P139
TEST(ack, coroutines_and_futures) {
  talk on;
  std::string got;
  on.s().on("go", [&](jf::socket s) -> jf::task<> {
    got += (co_await s.emit_with_ack("q")).text_or("?");
    const auto r = co_await s.timeout(1s).emit_with_ack<int>("q").as_result();
    got += r ? "?" : std::string(name_of(r.error().code));
    try {
      co_await s.timeout(1s).emit_with_ack("q");
    } catch (const jf::bad_result& e) {
      got += e.what();
    }
  });
  on.c->say(R"(42["go"])").say(R"(430["first","second"])");
  on.advance(1s);
  on.advance(1s);
  EXPECT_EQ(got, "firsttimeoutoperation has timed out");
  auto f = on.s().emit_with_ack<std::string>("q").future();
  std::string then;
  on.s().emit_with_ack("q").then([&](jf::result<jf::value> r) { then = r->text_or("?"); });
  on.c->say(packets{R"(433["f"])", R"(434["t"])"});
  EXPECT_EQ(f.get() + then, "ft");
}

TEST(ack, a_coroutine_that_waits_for_the_dead_goes_on) {
  talk on;
  std::string got;
  on.s().on("go", [&](jf::socket s) -> jf::task<> {
    const auto r = co_await s.emit_with_ack("q").as_result();
    got = name_of(r.error().code);
  });
  on.c->say(R"(42["go"])");
  on.c->lose();
  EXPECT_EQ(got, "disconnected");
}

// S28
TEST(ack, waiting_is_limited_in_number_and_time) {
  server_options o;
  o.limits.pending_acks = 2;
  o.limits.ack_time = 5s;
  talk on(o);
  std::vector<errc> got;
  for (int i = 0; i < 3; ++i) on.s().emit("q", [&](jf::error e) { got.push_back(e.code); });
  EXPECT_EQ(got, std::vector{errc::too_many});
  EXPECT_EQ(on.c->heard().size(), 2u);
  on.advance(5s);
  EXPECT_EQ(got, (std::vector{errc::too_many, errc::timeout, errc::timeout}));
}

// S44
TEST(ack, a_callback_that_throws_is_told) {
  talk on;
  int faults = 0;
  on.io.on_fault([&](const jf::fault& f) { faults += f.where == "acknowledgement"; });
  on.s().emit("q", [](int) { throw 1; });
  on.s().timeout(1ms).emit("q", [](jf::error) { throw 1; });
  on.c->say("430[1]");
  on.advance(1ms);
  EXPECT_EQ(faults, 2);
}

// P135
TEST(ack, other_threads_ask_too) {
  talk on;
  std::string got;
  on.host.foreign = true;
  on.s().emit("a", 1);
  on.s().emit("q", [&](std::string a) { got = a; });
  auto f = on.s().emit_with_ack<int>("q").future();
  on.s().join("r");
  on.host.foreign = false;
  EXPECT_EQ(on.c->heard(), (packets{R"(42["a",1])", R"(420["q"])", R"(421["q"])"}));
  EXPECT_TRUE(on.s().in_room("r"));
  on.c->say(packets{R"(430["x"])", "431[7]"});
  EXPECT_EQ(got, "x");
  EXPECT_EQ(f.get(), 7);
}

}  // namespace
}  // namespace jackfield::test
