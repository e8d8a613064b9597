// Clients that come back to other workers than they left, in orders that a seed decides: nothing is lost, nothing comes twice,
// each sender's events keep their order.
#include "unit/server/ensemble.hpp"
#include "unit/server/recovering.hpp"

#include <jackfield/exactly_once.hpp>

#include <array>
#include <set>

namespace jackfield::test {
namespace {

constexpr std::size_t workers = 3;
constexpr int seeds = 200;

/// A client that is cut again and again.
struct traveller {
  explicit traveller(ensemble& e) : on(e) {}

  void come(std::size_t worker) {
    at = &on.client_at(worker);
    at->say(pid.empty() ? "40" : offset.empty() ? come_back(pid) : come_back(pid, offset));
  }
  /// What has arrived: all of it, or as much as came through before a cut.
  void read(std::size_t most = static_cast<std::size_t>(-1)) {
    for (const auto& p : at->stream->take()) {
      if (p == "2") continue;
      if (most-- == 0) return;
      if (p.starts_with("40")) {
        fresh += member(p, "pid") != pid;
        pid = member(p, "pid"), sid = member(p, "sid");
        continue;
      }
      got.push_back(bare(p));
      offset = offset_of(p);
    }
  }
  /// The numbers that this sender gave its events.
  std::vector<int> from(std::size_t sender) const {
    std::vector<int> all;
    const auto head = "42[\"n\"," + std::to_string(sender) + ",";
    for (const auto& p : got)
      if (p.starts_with(head)) all.push_back(std::stoi(p.substr(head.size())));
    return all;
  }

  ensemble& on;
  ensemble::client* at = nullptr;
  std::string pid, sid, offset;
  packets got;
  int fresh = 0;
};

struct journeys : ensemble {
  explicit journeys(std::uint64_t seed, server_options o = recovering()) : ensemble(seed, workers, std::move(o)) {
    io->on_connection([this](jf::socket s) {
      sockets.push_back(s);
      reports.push_back(s.recovery());
    });
  }
  traveller& settler(std::size_t worker) {
    all.push_back(std::make_unique<traveller>(*this));
    all.back()->come(worker);
    settle();
    all.back()->read();
    return *all.back();
  }
  void speak(std::size_t worker) {
    at(worker, [&] { io->emit("n", static_cast<int>(worker), said[worker]++); });
  }
  std::vector<std::unique_ptr<traveller>> all;
  std::vector<jf::socket> sockets;
  std::vector<jf::recovery_report> reports;
  std::array<int, workers> said{};
};

template <class F>
void for_seeds(F f) {
  for (int seed = 0; seed < seeds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    f(static_cast<std::uint64_t>(seed));
  }
}

std::vector<int> numbers(int n) {
  std::vector<int> all;
  for (int i = 0; i < n; ++i) all.push_back(i);
  return all;
}

TEST(homecoming, finds_its_id_rooms_data_and_what_it_missed_on_another_worker) {  // P171 P172 P174
  for_seeds([](std::uint64_t seed) {
    journeys on(seed);
    auto& c = on.settler(0);
    const auto sid = c.sid;
    on.sockets[0].data<int>() = 42;
    on.sockets[0].join("r");
    on.settle();
    on.io->to("r").emit("before");
    on.settle();
    c.read();
    c.at->lose();
    on.at(on.any(), [&] { on.io->to("r").emit("missed"); });
    on.at(on.any(), [&] { on.io->to("other").emit("not for it"); });
    on.io->to(sid).emit("by id");
    c.come(1);
    on.settle();
    c.read();
    EXPECT_EQ(c.fresh, 1);
    EXPECT_EQ(c.sid, sid);
    std::set<std::string> got(c.got.begin(), c.got.end());
    EXPECT_EQ(got, (std::set<std::string>{R"(42["before"])", R"(42["missed"])", R"(42["by id"])"}));
    EXPECT_EQ(c.got.size(), 3u);
    ASSERT_EQ(on.reports.size(), 2u);
    EXPECT_EQ(on.reports[1].outcome, recovery_outcome::complete);
    EXPECT_EQ(on.reports[1].missed_events, 2u);
    EXPECT_EQ(on.reports[1].previous_id, sid);
    on.at(1, [&] { EXPECT_EQ(on.sockets[1].data<int>(), 42); });
    on.at(on.any(), [&] { on.io->to("r").emit("after"); });
    on.settle();
    c.read();
    EXPECT_EQ(c.got.back(), R"(42["after"])");
  });
}

/// Everybody travels, everybody speaks; cuts fall between any two packets, noticed by the server or not.
TEST(homecoming, nothing_is_lost_or_doubled_however_often_clients_are_cut) {  // P173 P174
  for_seeds([](std::uint64_t seed) {
    journeys on(seed);
    for (std::size_t i = 0; i < 5; ++i) on.settler(i % workers);
    for (int step = 0; step < 150; ++step) {
      auto& c = *on.all[on.random() % on.all.size()];
      switch (on.random() % 6) {
        case 0:  // some of what is under way never arrives
          c.read(on.random() % 4);
          if (on.random() % 3) c.at->lose();
          c.come(on.any());
          break;
        case 1: c.read(); break;
        default: on.speak(on.any());
      }
      for (auto k = on.random() % 4; k > 0; --k) on.step();
    }
    on.settle();
    for (auto& c : on.all) {
      c->read();
      EXPECT_EQ(c->fresh, 1);
      for (std::size_t w = 0; w < workers; ++w) EXPECT_EQ(c->from(w), numbers(on.said[w])) << "from " << w;
    }
  });
}

TEST(homecoming, a_handle_of_the_old_socket_speaks_to_the_client_wherever_it_is) {
  for_seeds([](std::uint64_t seed) {
    journeys on(seed);
    auto& c = on.settler(0);
    const auto old = on.sockets[0];
    c.at->lose();
    on.at(on.any(), [&] { old.emit("away"); });
    for (int i = 0; i < 3; ++i) on.step();
    c.come(2);
    for (auto k = on.random() % 6; k > 0; --k) on.step();
    on.at(on.any(), [&] { old.emit("moving"); });
    on.settle();
    on.at(on.any(), [&] { old.emit("back"); });
    on.settle();
    c.read();
    EXPECT_EQ(c.got, (packets{R"(42["away"])", R"(42["moving"])", R"(42["back"])"}));
  });
}

TEST(homecoming, an_answer_that_is_late_finds_the_client_at_its_new_worker) {
  for_seeds([](std::uint64_t seed) {
    journeys on(seed);
    std::optional<jf::ack> late;
    int runs = 0;
    on.io->on_connection([&](jf::socket s) {
      s.on(
          "slow",
          [&](std::string, jf::ack a) {
            ++runs;
            late.emplace(std::move(a));
          },
          jf::exactly_once());
    });
    auto& c = on.settler(0);
    c.at->say(R"(421["slow","key"])");
    ASSERT_TRUE(late);
    c.at->lose();
    c.come(1);
    for (auto k = on.random() % 8; k > 0; --k) on.step();
    if (on.random() % 2) on.at(on.any(), [&] { (*late)(7); });
    on.settle();
    c.read();
    c.at->say(R"(425["slow","key"])");
    on.at(on.any(), [&] { (*late)(7); });
    on.settle();
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(c.at->stream->take().back(), "435[7]");
  });
}

TEST(homecoming, strangers_get_nothing_and_are_told_why) {
  journeys on(1);
  auto& c = on.settler(0);
  c.pid = "never-heard-of";
  c.at->lose();
  c.come(1);
  on.settle();
  c.read();
  EXPECT_EQ(c.fresh, 2);
  EXPECT_EQ(on.reports.back().outcome, recovery_outcome::fresh);
  EXPECT_EQ(on.reports.back().cause, recovery_cause::unknown_session);
}

/// The other workers had answered before all of them were asked, when the client had no place for its socket yet.
TEST(homecoming, the_others_may_have_answered_before_the_question_is_out) {
  journeys on(1);
  for (std::size_t w : {1u, 2u}) on.hosts[w]->prompt = true;
  auto& stranger = on.client_at(0).say(come_back("never-heard-of", "x"));
  on.settle();
  const auto welcome = stranger.stream->take();
  ASSERT_EQ(welcome.size(), 1u);
  EXPECT_TRUE(welcome[0].starts_with(R"(40{"sid":")")) << welcome[0];
  ASSERT_EQ(on.reports.size(), 1u);
  EXPECT_EQ(on.reports[0].cause, recovery_cause::unknown_session);
  auto& c = on.settler(1);
  c.at->lose();
  on.speak(2);
  c.come(0);
  on.settle();
  c.read();
  EXPECT_EQ(c.fresh, 1);
  EXPECT_EQ(c.from(2), numbers(1));
}

TEST(homecoming, what_was_dropped_meanwhile_is_told_as_a_gap) {  // S43
  auto o = recovering();
  o.limits.recovery_packets = 4;
  journeys on(1, o);
  auto& c = on.settler(0);
  on.speak(1);
  on.settle();
  c.read();
  c.at->lose();
  for (int i = 0; i < 9; ++i) on.speak(2);
  on.settle();
  c.come(1);
  on.settle();
  c.read();
  EXPECT_EQ(on.reports.back().outcome, recovery_outcome::partial);
  EXPECT_EQ(on.reports.back().cause, recovery_cause::packets_dropped);
  EXPECT_EQ(on.reports.back().lost_events, 9u);
}

/// Its state goes back to where it was, and the client finds it again.
TEST(homecoming, a_client_that_a_middleware_refuses_may_come_again) {
  journeys on(1, recovering({.skip_middlewares = false}));
  bool closed = false;
  on.io->use([&](jf::socket, jf::next n) { closed ? n(jf::refuse("later")) : n(); });
  auto& c = on.settler(0);
  c.at->lose();
  on.speak(2);
  closed = true;
  c.come(1);
  on.settle();
  const auto refused = c.at->stream->take();
  EXPECT_TRUE(refused.empty() || refused.back().starts_with("44")) << refused.back();
  closed = false;
  c.come(2);
  on.settle();
  c.read();
  EXPECT_EQ(c.fresh, 1);
  EXPECT_EQ(c.from(2), numbers(1));
}

}  // namespace
}  // namespace jackfield::test
