// Recovery of slow clients: an overflow policy drops what recovery has kept, or lets it be overtaken. A client that comes back is
// whole again as long as what it lacks lies behind what it has; else nobody says that it is.
#include "unit/server/recovering.hpp"

#include <algorithm>
#include <array>
#include <random>

namespace jackfield::test {
namespace {

/// A polling client that fetches nothing, with room for a few events.
struct slow {
  explicit slow(outbound_options rules, server_options o = recovering()) : on(with(std::move(o), rules)), told_(on) {
    client = &on.polling();
    me = connect(*client);
    first = fetch_one("first");
  }
  static server_options with(server_options o, outbound_options rules) {
    o.outbound = rules;
    return o;
  }
  std::string fetch_one(std::string_view event) {
    on.io.emit(event);
    client->get();
    return client->heard().back();
  }
  /// What waits, without the event that follows it.
  packets fetch() {
    client->get();
    return client->heard();
  }
  /// The connection breaks; the client comes back and has this.
  packets come_back_with(const std::string& last) {
    client->lose();
    client = &on.ws();
    client->say(come_back(me.pid, offset_of(last)));
    return client->heard();
  }
  const recovery_report& report() const { return told_.reports.back(); }

  stage on;
  told told_;
  stage::client* client;
  identity me;
  std::string first;
};

constexpr outbound_options few{.limit_bytes = 300, .policy = overflow::drop_oldest};

// P166 S32
TEST(recovery_hole, dropped_before_what_the_client_has_is_a_gap) {
  slow at(few);
  for (int i = 0; i < 20; ++i) at.on.io.emit("n", i);
  const auto displaced = at.told_.sockets[0].outbound().displaced;
  const auto got = at.fetch();
  ASSERT_LT(got.size(), 20u);
  EXPECT_EQ(got.size() + displaced, 20u);
  EXPECT_EQ(bare(got.back()), R"(42["n",19])");
  const auto back = at.come_back_with(got.back());
  ASSERT_EQ(back.size(), 1u);
  EXPECT_NE(member(back[0], "pid"), at.me.pid);
  EXPECT_EQ(at.report().outcome, recovery_outcome::partial);
  EXPECT_EQ(at.report().cause, recovery_cause::events_displaced);
  EXPECT_EQ(at.report().previous_id, at.me.sid);
  EXPECT_EQ(at.report().lost_events, displaced);
}

// P166: what was dropped is kept all the same, and follows what the client has.
TEST(recovery_hole, dropped_behind_what_the_client_has_is_sent) {
  slow at(few);
  for (int i = 0; i < 20; ++i) at.on.io.emit("n", i);
  EXPECT_GT(at.told_.sockets[0].outbound().displaced, 0u);
  const auto back = at.come_back_with(at.first);
  ASSERT_EQ(back.size(), 21u);
  EXPECT_EQ(back[0], connect_packet(at.me));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(bare(back[static_cast<std::size_t>(i) + 1]), R"(42["n",)" + std::to_string(i) + "]");
  EXPECT_EQ(at.report().outcome, recovery_outcome::complete);
  // And then there is no hole any more.
  at.on.io.emit("later");
  const auto later = at.client->heard();
  EXPECT_EQ(at.come_back_with(later.back()), packets{connect_packet(at.me)});
  EXPECT_EQ(at.report().outcome, recovery_outcome::complete);
}

// P166: the newest of a key goes ahead of what was emitted before it.
TEST(recovery_hole, overtaken_events_are_a_gap_too) {
  slow at({.limit_bytes = 10'000, .policy = overflow::keep_latest});
  at.on.io.latest("k").emit("k", 1);
  at.on.io.emit("between");
  at.on.io.latest("k").emit("k", 2);
  const auto got = at.fetch();
  EXPECT_EQ(bare(got), (packets{R"(42["k",2])", R"(42["between"])"}));
  slow again({.limit_bytes = 10'000, .policy = overflow::keep_latest});
  again.on.io.latest("k").emit("k", 1);
  again.on.io.emit("between");
  again.on.io.latest("k").emit("k", 2);
  const auto first_of_two = again.fetch().front();  // the answer breaks off behind it
  for (auto* each : {&at, &again}) {
    each->come_back_with(each == &at ? got.back() : first_of_two);
    EXPECT_EQ(each->report().outcome, recovery_outcome::partial);
    EXPECT_EQ(each->report().cause, recovery_cause::events_displaced);
  }
}

// P166: an event that its own lane does not let in is gone as well.
TEST(recovery_hole, an_event_too_large_for_its_lane) {
  slow at(few);
  at.on.io.emit("large", std::string(400, 'x'));
  EXPECT_EQ(at.told_.sockets[0].outbound().displaced, 1u);
  const auto small = at.fetch_one("small");
  at.come_back_with(small);
  EXPECT_EQ(at.report().cause, recovery_cause::events_displaced);
}

// P164: volatile events are not kept, so dropping them is no gap; nor is what a question displaces counted twice.
TEST(recovery_hole, questions_displace_kept_events_and_volatile_events_are_none) {
  slow harmless({.limit_bytes = 300, .policy = overflow::drop_volatile});
  for (int i = 0; i < 20; ++i) harmless.on.io.volatile_().emit("v", i);
  harmless.on.io.emit("e");
  harmless.come_back_with(harmless.fetch().back());
  EXPECT_EQ(harmless.report().outcome, recovery_outcome::complete);

  slow at(few);
  at.on.io.emit("n", std::string(100, 'x'));
  auto s = at.told_.sockets[0];
  s.emit("q", std::string(150, 'x'), [](jf::error, int) {});  // displaces the event, and is none that is kept
  EXPECT_EQ(s.outbound().displaced, 1u);
  const auto last = at.fetch_one("last");
  at.come_back_with(last);
  EXPECT_EQ(at.report().cause, recovery_cause::events_displaced);
  EXPECT_EQ(at.report().lost_events, 1u);
}

// P168: who does not get in keeps the hole.
TEST(recovery_hole, is_kept_when_a_middleware_refuses) {
  slow at(few, recovering({.skip_middlewares = false}));
  for (int i = 0; i < 20; ++i) at.on.io.emit("n", i);
  int asked = 0;
  at.on.io.use([&](jf::socket, jf::next next) { asked++ == 0 ? next(jf::refuse("no")) : next(); });
  EXPECT_EQ(at.come_back_with(at.first), packets{R"(44{"message":"no"})"});
  at.client->say(come_back(at.me.pid, offset_of(at.first)));
  EXPECT_EQ(at.client->heard().size(), 21u);
}

/// From a seed: a client that is slow now and then and is cut again and again, under a policy. It knows what was emitted.
class slow_play {
 public:
  explicit slow_play(unsigned seed) : random_(seed), on_(options()), told_(on_) { return_to_server(); }

  void round() {
    for (auto n = pick(12); n > 0; --n) {
      if (pick(5) == 0)
        fetch();
      else
        emit();
    }
    if (pick(3) != 0) fetch_some();
    client_->lose();
    for (auto n = pick(4); n > 0; --n) emit();
    return_to_server();
  }
  std::size_t complete = 0, partial = 0;

 private:
  std::size_t pick(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  server_options options() {
    auto o = recovering();
    constexpr std::array policies{overflow::drop_oldest, overflow::keep_latest, overflow::drop_volatile, overflow::disconnect};
    o.outbound = {.limit_bytes = 200 + 100 * pick(6), .policy = policies[pick(policies.size())]};
    return o;
  }
  void emit() {
    const auto n = std::to_string(next_++);
    const auto kind = pick(4);
    if (kind == 0) {
      on_.io.latest(std::string(1, "ab"[pick(2)])).emit("e" + n);
    } else if (kind == 1 && !told_.sockets.empty()) {
      told_.sockets.back().emit("e" + n);
    } else if (kind == 2) {
      return on_.io.volatile_().emit("v", 1);
    } else {
      on_.io.emit("e" + n);
    }
    emitted_.push_back("e" + n);
  }
  void take(const packets& all, std::size_t most) {
    for (std::size_t i = 0; i < std::min(all.size(), most); ++i) {
      if (!all[i].starts_with(R"(42["e)")) continue;
      got_.push_back(all[i].substr(4, all[i].find('"', 4) - 4));
      offset_ = offset_of(all[i]);
    }
  }
  void fetch() {
    client_->get();
    take(client_->heard(), 1000);
  }
  /// The answer breaks off.
  void fetch_some() {
    client_->get();
    take(client_->heard(), pick(5));
  }
  void return_to_server() {
    client_ = &on_.polling();
    client_->get();
    client_->say(pid_.empty() ? "40" : offset_.empty() ? come_back(pid_) : come_back(pid_, offset_));
    const auto all = client_->heard();
    const auto& r = told_.reports.back();
    if (r.outcome == recovery_outcome::complete) {
      ++complete;
      EXPECT_EQ(member(all.back(), "pid"), pid_);
      take(all, 1000);
      EXPECT_EQ(got_, emitted_);
    } else {
      partial += r.outcome == recovery_outcome::partial;
      // What is not complete has a reason: the client has a later event without an earlier one.
      if (!pid_.empty()) {
        EXPECT_FALSE(std::equal(got_.begin(), got_.end(), emitted_.begin()));
      }
      pid_ = member(all.back(), "pid");
      got_.clear(), emitted_.clear();
    }
  }

  std::mt19937 random_;
  stage on_;
  told told_;
  stage::client* client_ = nullptr;
  std::string pid_, offset_;
  std::vector<std::string> emitted_, got_;  // since it was fresh last
  std::size_t next_ = 0;
};

// P166 P167 S32
TEST(recovery_hole, no_claim_is_wrong_under_any_policy) {
  std::size_t complete = 0, partial = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    slow_play p(seed);
    for (int i = 0; i < 10; ++i) p.round();
    complete += p.complete;
    partial += p.partial;
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(complete, 1000u);
  EXPECT_GT(partial, 200u);
}

}  // namespace
}  // namespace jackfield::test
