// Sockets that do not keep up, and handlers that do not.
#include "stage.hpp"

#include <jackfield/task.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace jackfield::test {
namespace {

std::string text(std::size_t bytes) { return std::string(bytes, 'x'); }

/// A client that takes nothing more, behind what its connection holds.
struct stalled {
  explicit stalled(server_options o = {}) : on(std::move(o)) {
    on.io.on_connection([this](jf::socket s) { sockets.push_back(s); });
    client = &on.ws().join();
    client->stream->hold();
    sockets[0].emit("fill", text(70'000));
    client->heard();
  }
  packets rest() {
    packets out;
    for (;;) {
      client->stream->drain(*client->session);
      const auto more = client->heard();
      if (more.empty()) return out;
      out.insert(out.end(), more.begin(), more.end());
    }
  }
  stage on;
  std::vector<jf::socket> sockets;
  stage::client* client;
};

TEST(outbound, the_servers_policy_is_every_sockets) {
  stalled at({.outbound = {.limit_bytes = 300, .policy = overflow::drop_oldest}});
  for (int i = 0; i < 50; ++i) at.on.io.emit("n", i);
  const auto state = at.sockets[0].outbound();
  EXPECT_LE(state.waiting_bytes, 300u);
  EXPECT_GT(state.displaced, 40u);
  const auto rest = at.rest();
  EXPECT_EQ(rest.size() + state.displaced, 50u);
  EXPECT_EQ(rest.back(), R"(42["n",49])");
  EXPECT_TRUE(at.sockets[0].connected());
  EXPECT_GT(at.on.host.limits().hits(base::limit::outbound), 0u);
}

TEST(outbound, a_socket_may_have_its_own) {
  stalled at;
  at.sockets[0].outbound({.limit_bytes = 200, .policy = overflow::disconnect});
  std::string why;
  at.sockets[0].on_disconnect([&](jf::disconnect_reason r) { why = name_of(r); });
  for (int i = 0; i < 50; ++i) at.on.io.emit("n", i);
  at.on.host.inner.settle();
  EXPECT_EQ(why, "slow consumer");
}

TEST(outbound, the_latest_of_a_key_is_what_a_slow_client_gets) {
  stalled at({.outbound = {.policy = overflow::keep_latest}});
  at.sockets[0].join("prices");
  for (int i = 0; i < 1000; ++i) {
    at.on.io.to("prices").latest("ABC").emit("price", "ABC", i);
    at.sockets[0].latest("XYZ").emit("price", "XYZ", i);
  }
  EXPECT_EQ(at.rest(), (packets{R"(42["price","ABC",999])", R"(42["price","XYZ",999])"}));
  EXPECT_EQ(at.sockets[0].outbound().displaced, 1998u);
}

TEST(outbound, answers_and_questions_always_arrive) {
  stalled at({.outbound = {.limit_bytes = 400, .policy = overflow::drop_oldest}});
  at.sockets[0].on("ask", [](int n) { return n; });
  at.client->say(R"(421["ask",7])");
  at.sockets[0].emit("q", [](jf::error, int) {});
  for (int i = 0; i < 50; ++i) at.sockets[0].emit("n", i);
  const auto rest = at.rest();
  EXPECT_EQ(rest.at(0), "431[7]");
  EXPECT_EQ(rest.at(1), R"(420["q"])");
}

TEST(drained, completes_when_nothing_waits_any_more) {
  stalled at;
  int done = 0;
  at.sockets[0].emit("more");
  at.sockets[0].drained().then([&](jf::result<void> r) { done += r ? 1 : 100; });
  EXPECT_EQ(done, 0);
  at.rest();
  EXPECT_EQ(done, 1);
  at.sockets[0].drained().then([&](jf::result<void> r) { done += r ? 1 : 100; });  // nothing waits
  EXPECT_EQ(done, 2);
}

TEST(drained, says_so_when_the_client_goes) {
  stalled at;
  errc why{};
  at.sockets[0].drained().then([&](jf::result<void> r) { why = r ? errc::none : r.error().code; });
  at.client->lose();
  EXPECT_EQ(why, errc::disconnected);
  why = {};
  at.sockets[0].drained().then([&](jf::result<void> r) { why = r ? errc::none : r.error().code; });
  EXPECT_EQ(why, errc::disconnected);
}

TEST(drained, paces_a_coroutine_on_polling) {
  stage on;
  int sent = 0;
  on.io.on_connection([&](jf::socket s) {
    s.on("go", [&](jf::socket who) -> jf::task<void> {
      for (; sent < 3; ++sent) {
        who.emit("chunk", sent);
        co_await who.drained();
      }
    });
  });
  auto& c = on.polling();
  c.get();
  c.join();
  c.say(R"(42["go"])");
  for (int i = 0; i < 3; ++i) {
    on.host.inner.settle();
    EXPECT_EQ(sent, i);
    c.get();
    EXPECT_EQ(c.heard(), packets{R"(42["chunk",)" + std::to_string(i) + "]"});
  }
  EXPECT_EQ(sent, 3);
}

/// A handler that takes one event at a time, and ends when it is told.
struct slow_worker {
  explicit slow_worker(std::uint16_t at_a_time, server_options o = {}) : on(std::move(o)) {
    on.io.on_connection([this, at_a_time](jf::socket s) {
      s.on("job", [this](jf::socket who, int n, jf::args) -> jf::task<void> {
         begun.push_back(n);
         co_await who.timeout(1h).emit_with_ack("done?", n).as_result();
         ended.push_back(n);
       }).concurrency(at_a_time);
      s.on("other", [this](int n) { begun.push_back(100 + n); });
      s.on_disconnect([this](jf::disconnect_reason why) { left = name_of(why); });
    });
    client = &on.ws().join();
  }
  void job(int n, const std::string& more = "0") { client->say(R"(42["job",)" + std::to_string(n) + "," + more + "]"); }
  /// The oldest question is answered: its call ends.
  void finish() {
    client->say("43" + std::to_string(answered++) + "[]");
    on.host.inner.settle();
  }
  std::vector<int> begun, ended;  // outlive the calls that are under way at the end
  std::string left;
  int answered = 0;
  stage on;
  stage::client* client;
};

TEST(concurrency, a_handler_is_called_as_often_as_it_allows) {
  slow_worker at(2);
  for (int i = 0; i < 5; ++i) at.job(i);
  EXPECT_EQ(at.begun, (std::vector{0, 1}));
  at.finish();
  EXPECT_EQ(at.begun, (std::vector{0, 1, 2}));
  for (int i = 0; i < 4; ++i) at.finish();
  EXPECT_EQ(at.ended, (std::vector{0, 1, 2, 3, 4}));
}

TEST(concurrency, other_events_of_the_socket_wait_their_turn) {
  slow_worker at(1);
  at.job(0);
  at.client->say(R"(42["other",1])");  // nothing waits: at once
  at.job(1);
  at.client->say(R"(42["other",2])");
  EXPECT_EQ(at.begun, (std::vector{0, 101}));
  at.finish();
  EXPECT_EQ(at.begun, (std::vector{0, 101, 1, 102}));
}

TEST(concurrency, a_client_that_pushes_on_is_not_read_any_more) {  // S31
  slow_worker at(1, {.limits = {.held_event_bytes = 10'000}});
  const auto large = '"' + text(3'000) + '"';
  at.job(0);
  for (int i = 1; i <= 3; ++i) at.job(i, large);
  EXPECT_FALSE(at.client->stream->paused);
  at.job(4, large);
  EXPECT_TRUE(at.client->stream->paused);
  at.finish();
  EXPECT_TRUE(at.client->stream->paused);
  at.finish(), at.finish();
  EXPECT_FALSE(at.client->stream->paused);
}

TEST(concurrency, a_leave_waits_behind_what_was_sent_before_it) {
  slow_worker at(1);
  at.job(0), at.job(1);
  at.client->say("41");
  EXPECT_EQ(at.left, "");
  at.finish();
  EXPECT_EQ(at.begun, (std::vector{0, 1}));
  EXPECT_EQ(at.left, "client namespace disconnect");
}

TEST(concurrency, what_waits_when_the_connection_is_lost_is_dropped) {
  slow_worker at(1, {.limits = {.held_event_bytes = 10}});
  at.job(0), at.job(1);
  EXPECT_TRUE(at.client->stream->paused);
  at.client->lose();
  EXPECT_EQ(at.begun, std::vector{0});
  EXPECT_EQ(at.left, "transport close");
}

TEST(concurrency, can_be_lifted) {
  stage on;
  int begun = 0;
  std::optional<jf::listener> job;
  on.io.on_connection([&](jf::socket s) {
    job = s.on("job", [&](jf::socket who) -> jf::task<void> {
      ++begun;
      co_await who.timeout(1h).emit_with_ack("done?").as_result();
    });
    job->concurrency(1);
  });
  auto& c = on.ws().join();
  for (int i = 0; i < 3; ++i) c.say(R"(42["job"])");
  EXPECT_EQ(begun, 1);
  job->concurrency(0);
  EXPECT_EQ(begun, 3);
  job.reset();
}

}  // namespace
}  // namespace jackfield::test
