// exactly_once: a retried event runs its handler once and gets its first answer again (protocol.md 5.8).
#include "unit/server/stage.hpp"

#include <algorithm>

namespace jackfield::test {
namespace {

struct once_stage {
  explicit once_stage(server_options o = {}) : on(std::move(o)) {
    on.io.on_bad_event([this](const jf::bad_event& b) { bad.push_back(b.error.text); });
  }
  stage on;
  int runs = 0;
  std::vector<std::string> bad;
};

struct exactly_once_events : ::testing::Test, once_stage {};

TEST_F(exactly_once_events, a_retry_gets_the_first_answer) {
  on.io.on_connection([&](jf::socket s) {
    s.on(
        "add", [&](int n, std::string) { return n + ++runs; }, jf::exactly_once(1));
  });
  auto& c = on.ws().join();
  c.say(R"(420["add",5,"a"])").say(R"(421["add",5,"a"])").say(R"(422["add",5,"b"])").say(R"(423["add",5,"a"])");
  EXPECT_EQ(c.heard(), (packets{"430[6]", "431[6]", "432[7]", "433[6]"}));
  EXPECT_EQ(runs, 2);
}

// Nothing on the wire tells a retry from the same event again: without a rule both run.
TEST_F(exactly_once_events, events_without_a_rule_and_others_with_equal_arguments_run_each_time) {
  on.io.on_connection([&](jf::socket s) {
    s.on("plain", [&] { return ++runs; });
    s.on(
        "made", [&](std::string) { return ++runs; },
        jf::exactly_once([](const jf::args&) { return std::optional<std::string>(); }));
  });
  auto& c = on.ws().join();
  c.say(R"(420["plain"])").say(R"(421["plain"])").say(R"(422["made","x"])").say(R"(423["made","x"])");
  EXPECT_EQ(c.heard(), (packets{"430[1]", "431[2]", "432[3]", "433[4]"}));
}

TEST_F(exactly_once_events, a_retry_waits_while_the_handler_is_at_work) {
  std::optional<jf::ack> reply;
  on.io.on_connection([&](jf::socket s) {
    s.on(
        "slow",
        [&](std::string, jf::ack a) {
          ++runs;
          reply = std::move(a);
        },
        jf::exactly_once());
  });
  auto& c = on.ws().join();
  c.say(R"(420["slow","k"])").say(R"(421["slow","k"])");
  EXPECT_EQ(c.heard(), packets{});
  (*reply)("done", jf::bytes{std::byte{'x'}});
  const std::string answer = R"(["done",{"_placeholder":true,"num":0}])";
  EXPECT_EQ(c.heard(), (packets{"461-0" + answer, "bx", "461-1" + answer, "bx"}));
  c.say(R"(422["slow","k"])");
  EXPECT_EQ(c.heard(), (packets{"461-2" + answer, "bx"}));
  EXPECT_EQ(runs, 1);
}

TEST_F(exactly_once_events, handlers_without_an_answer_of_their_own_and_those_that_fail) {
  on.io.on_fault([](const jf::fault&) {});
  on.io.on_connection([&](jf::socket s) {
    s.on(
        "void", [&](std::string) { ++runs; }, jf::exactly_once());
    s.on(
        "fails",
        [&](std::string) {
          ++runs;
          throw std::runtime_error("no");
        },
        jf::exactly_once());
    s.on(
        "later",
        [&](std::string) -> jf::task<void> {
          ++runs;
          co_return;
        },
        jf::exactly_once());
  });
  auto& c = on.ws().join();
  const std::string failed = R"([{"error":{"code":"failed","message":"the handler failed"}}])";
  for (int i = 0; i < 2; ++i) c.say("42" + std::to_string(i) + R"(["void","k"])");
  for (int i = 2; i < 4; ++i) c.say("42" + std::to_string(i) + R"(["fails","k"])");
  for (int i = 4; i < 6; ++i) c.say("42" + std::to_string(i) + R"(["later","k"])");
  EXPECT_EQ(c.heard(), (packets{"430[]", "431[]", "432" + failed, "433" + failed, "434[]", "435[]"}));
  EXPECT_EQ(runs, 3);
  c.say(R"(42["void","unasked"])").say(R"(42["void","unasked"])").say(R"(426["void","unasked"])");
  EXPECT_EQ(c.heard(), packets{"436[]"});
  EXPECT_EQ(runs, 4);
}

TEST_F(exactly_once_events, keys_that_are_none_and_keys_used_twice_are_refused_aloud) {
  on.io.on_connection([&](jf::socket s) {
    s.on(
        "e", [&](jf::value, jf::value) { return ++runs; }, jf::exactly_once(1));
  });
  auto& c = on.ws().join();
  c.say(R"(420["e",1])").say(R"(421["e",1,null])").say(R"(422["e",1,")" + std::string(257, 'k') + R"("])");
  EXPECT_EQ(c.heard().size(), 3u);
  EXPECT_EQ(bad.size(), 3u);
  EXPECT_EQ(runs, 0);
  c.say(R"(423["e",1,7])").say(R"(424["e",1,"7"])").say(R"(425["e",2,7])");
  const auto got = c.heard();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0], "433[1]");
  EXPECT_EQ(got[1], "434[2]") << "a number and a text are two keys";
  EXPECT_EQ(got[2], R"(435[{"error":{"code":"bad_argument","message":"argument 2: this key was used for other arguments"}}])");
}

TEST_F(exactly_once_events, each_socket_has_its_own_keys) {
  on.io.on_connection([&](jf::socket s) {
    s.on(
        "e", [&](std::string) { return ++runs; }, jf::exactly_once());
  });
  auto& a = on.ws().join();
  auto& b = on.ws().join();
  a.say(R"(420["e","k"])");
  b.say(R"(420["e","k"])");
  EXPECT_EQ(runs, 2);
}

struct bounded_answers : ::testing::Test, once_stage {
  static server_options few() {
    server_options o;
    o.limits.kept_answers = 2;
    o.limits.kept_answer_bytes = 2000;
    return o;
  }
  bounded_answers() : once_stage(few()) {}
};

TEST_F(bounded_answers, old_ones_go_and_large_ones_do_not_run_twice) {
  std::vector<jf::ack> open;
  on.io.on_connection([&](jf::socket s) {
    s.on(
        "get", [&](std::size_t n, std::string) { return ++runs, std::string(n, 'x'); }, jf::exactly_once());
    s.on(
        "wait", [&](std::string, jf::ack a) { ++runs, open.push_back(std::move(a)); }, jf::exactly_once());
  });
  auto& c = on.ws().join();
  for (const char* key : {"a", "b", "c", "c"}) c.say(std::string(R"(420["get",1,")") + key + R"("])");
  EXPECT_EQ(runs, 3);
  c.say(R"(420["get",5000,"large"])").say(R"(421["get",5000,"large"])");
  EXPECT_EQ(runs, 4);
  EXPECT_NE(c.heard().back().find("answer_dropped"), std::string::npos);
  for (const char* key : {"1", "2", "3"}) c.say(std::string(R"(420["wait",")") + key + R"("])");
  const auto all = on.io.limit_hits();
  const auto hits = std::find_if(all.begin(), all.end(), [](const auto& l) { return l.first == "kept_answers"; })->second;
  EXPECT_EQ(hits, 2u) << "one too large, one given up while its handler was at work";
}

struct recovered_answers : ::testing::Test, once_stage {
  static server_options recovering() {
    server_options o;
    o.connection_state_recovery = recovery_options{};
    return o;
  }
  recovered_answers() : once_stage(recovering()) {
    on.io.on_connection([this](jf::socket s) {
      s.on(
          "e", [this](std::string) { return ++runs; }, jf::exactly_once());
      s.on(
          "slow", [this](std::string, jf::ack a) { ++runs, open.push_back(std::move(a)); }, jf::exactly_once());
    });
  }
  std::string pid_of(const std::string& packet) {
    const auto at = packet.find(R"("pid":")") + 7;
    return packet.substr(at, 20);
  }
  std::vector<jf::ack> open;
};

TEST_F(recovered_answers, answers_survive_a_recovery) {
  auto& c = on.ws();
  c.say("40");
  const auto pid = pid_of(c.heard()[0]);
  c.say(R"(420["e","k"])").say(R"(421["slow","s"])");
  c.lose();  // the answer of the first is lost, the second is at work
  auto& d = on.ws();
  d.say(R"(40{"pid":")" + pid + R"("})");
  d.heard();
  d.say(R"(422["e","k"])").say(R"(423["slow","s"])");
  EXPECT_EQ(d.heard(), packets{"432[1]"});
  open[0]("late");  // the ack of the socket that is gone
  EXPECT_EQ(d.heard(), packets{R"(433["late"])"});
  EXPECT_EQ(runs, 2);
  d.say("41");
  on.host.inner.settle();
  auto& e = on.ws();
  e.say(R"(40{"pid":")" + pid + R"("})");
  e.heard();
  e.say(R"(420["e","k"])");
  EXPECT_EQ(runs, 3) << "a fresh connection begins with none";
}

TEST_F(recovered_answers, an_answer_that_comes_while_the_client_is_away) {
  auto& c = on.ws();
  c.say("40");
  const auto pid = pid_of(c.heard()[0]);
  c.say(R"(420["slow","s"])");
  c.lose();
  on.host.foreign = true;
  open[0](5);
  on.host.foreign = false;
  on.host.inner.settle();
  auto& d = on.ws();
  d.say(R"(40{"pid":")" + pid + R"("})");
  d.heard();
  d.say(R"(421["slow","s"])");
  EXPECT_EQ(d.heard(), packets{"431[5]"});
  EXPECT_EQ(runs, 1);
}

TEST(exactly_once, an_ack_outlives_the_server) {
  std::vector<jf::ack> open;
  {
    stage on;
    on.io.on_connection([&](jf::socket s) {
      s.on(
          "slow", [&](std::string, jf::ack a) { open.push_back(std::move(a)); }, jf::exactly_once());
    });
    on.ws().join().say(R"(420["slow","a"])");
  }
  ASSERT_EQ(open.size(), 1u);
  open[0](1);
}

}  // namespace
}  // namespace jackfield::test
