#include "base/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

using namespace jackfield::base;
using namespace std::chrono_literals;

namespace {

const time_point start{12345678901ns};

struct call_timer final : timer {
  std::function<void()> f;
  call_timer() = default;
  explicit call_timer(std::function<void()> fn) : f(std::move(fn)) {}
  void fire() override {
    if (f) f();
  }
};

struct owner {
  int ticks = 0;
  void on_tick() { ++ticks; }
  member_timer<owner, &owner::on_tick> timer_{*this};
};

}  // namespace

static_assert(sizeof(timer) <= 40);

TEST(timer_wheel, fires_at_the_first_advance_at_or_after_its_deadline) {
  timer_wheel w(start);
  owner o;
  w.arm(o.timer_, 10ms);
  EXPECT_TRUE(o.timer_.armed());
  EXPECT_EQ(w.size(), 1u);
  EXPECT_EQ(w.next_deadline(), start + 10ms);
  EXPECT_EQ(w.advance(start + 10ms - 1ns), 0u);
  EXPECT_EQ(o.ticks, 0);
  EXPECT_EQ(w.advance(start + 10ms), 1u);
  EXPECT_EQ(o.ticks, 1);
  EXPECT_FALSE(o.timer_.armed());
  EXPECT_EQ(w.next_deadline(), std::nullopt);
}

TEST(timer_wheel, rounds_part_milliseconds_up) {
  timer_wheel w(start);
  owner o;
  w.advance(start + 1500us);
  w.arm(o.timer_, 1ms);  // due at 2.5 ms
  EXPECT_EQ(w.advance(start + 2900us), 0u);
  EXPECT_EQ(w.advance(start + 3ms), 1u);
}

TEST(timer_wheel, from_the_tick_part_milliseconds_that_passed_do_not_count) {
  timer_wheel w(start);
  owner o;
  w.advance(start + 1500us);
  w.arm_from_tick(o.timer_, 1ms);
  EXPECT_EQ(w.advance(start + 2ms - 1ns), 0u);
  EXPECT_EQ(w.advance(start + 2ms), 1u);
  w.advance(start + 4ms);  // late by two: those count
  w.arm_from_tick(o.timer_, 1500us);
  EXPECT_EQ(w.advance(start + 5900us), 0u);
  EXPECT_EQ(w.advance(start + 6ms), 1u);
}

TEST(timer_wheel, no_delay_fires_at_the_next_advance_even_when_no_time_passed) {
  timer_wheel w(start);
  owner a, b;
  w.arm(a.timer_, 0ms);
  w.arm(b.timer_, -5s);
  EXPECT_EQ(w.next_deadline(), start);
  EXPECT_EQ(w.advance(start), 2u);
}

TEST(timer_wheel, arming_with_no_delay_from_a_handler_waits_for_the_next_advance) {
  timer_wheel w(start);
  int n = 0;
  call_timer t;
  t.f = [&] {
    ++n;
    w.arm(t, 0ms);
  };
  w.arm(t, 1ms);
  EXPECT_EQ(w.advance(start + 5ms), 1u);
  EXPECT_EQ(w.advance(start + 5ms), 1u);
  EXPECT_EQ(n, 2);
  EXPECT_EQ(w.next_deadline(), start + 5ms);
}

TEST(timer_wheel, now_is_the_time_of_the_running_advance) {
  timer_wheel w(start);
  time_point seen;
  call_timer t([&] { seen = w.now(); });
  w.arm(t, 1ms);
  w.advance(start + 777ms);
  EXPECT_EQ(seen, start + 777ms);
  w.advance(start + 5ms);  // back in time: nothing happens
  EXPECT_EQ(w.now(), start + 777ms);
}

TEST(timer_wheel, observed_time_counts_for_arming_and_fires_nothing) {
  timer_wheel w(start);
  owner early, late;
  w.arm(early.timer_, 10ms);
  w.observe(start + 100ms);
  EXPECT_EQ(w.now(), start + 100ms);
  EXPECT_EQ(early.ticks, 0);
  w.arm(late.timer_, 10ms);
  EXPECT_EQ(w.next_deadline(), start + 10ms);
  EXPECT_EQ(w.advance(start + 100ms), 1u);
  EXPECT_EQ(early.ticks, 1);
  EXPECT_EQ(w.advance(start + 109ms), 0u);
  EXPECT_EQ(w.advance(start + 110ms), 1u);
}

TEST(timer_wheel, equal_deadlines_fire_in_order_of_arming_across_cascades) {
  timer_wheel w(start);
  std::vector<int> order;
  std::vector<std::unique_ptr<call_timer>> ts;
  const auto add = [&](int id, duration after) {
    ts.push_back(std::make_unique<call_timer>([&order, id] { order.push_back(id); }));
    w.arm(*ts.back(), after);
  };
  add(0, 70'000ms);
  add(1, 70'000ms);
  w.advance(start + 65'600ms);
  add(2, 4'400ms);
  w.advance(start + 69'990ms);
  add(3, 10ms);
  w.advance(start + 70s);
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3}));
}

TEST(timer_wheel, a_handler_may_cancel_and_destroy_others_due_at_the_same_time) {
  timer_wheel w(start);
  auto victim = std::make_unique<call_timer>([] { FAIL(); });
  call_timer cancelled([] { FAIL(); });
  int fired = 0;
  call_timer killer([&] {
    ++fired;
    victim.reset();
    cancelled.cancel();
  });
  w.arm(killer, 5ms);
  w.arm(*victim, 5ms);
  w.arm(cancelled, 5ms);
  w.advance(start + 5ms);
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(w.size(), 0u);
}

TEST(timer_wheel, a_handler_may_destroy_its_own_timer) {
  timer_wheel w(start);
  std::unique_ptr<call_timer> t;
  bool fired = false;
  t = std::make_unique<call_timer>([&] {
    fired = true;
    t.reset();
  });
  w.arm(*t, 5ms);
  w.advance(start + 5ms);
  EXPECT_TRUE(fired);
}

TEST(timer_wheel, what_a_handler_throws_leaves_the_rest_for_the_next_advance) {
  timer_wheel w(start);
  call_timer bad([] { throw std::runtime_error("x"); });
  owner same, later;
  w.arm(bad, 5ms);
  w.arm(same.timer_, 5ms);
  w.arm(later.timer_, 6ms);
  EXPECT_THROW(w.advance(start + 10ms), std::runtime_error);
  EXPECT_EQ(w.next_deadline(), start + 10ms);
  EXPECT_EQ(w.advance(start + 10ms), 2u);
}

TEST(timer_wheel, rearming_replaces_the_deadline) {
  timer_wheel w(start);
  owner o;
  w.arm(o.timer_, 5ms);
  w.arm(o.timer_, 50ms);
  EXPECT_EQ(w.size(), 1u);
  EXPECT_EQ(w.advance(start + 49ms), 0u);
  EXPECT_EQ(w.advance(start + 50ms), 1u);
}

TEST(timer_wheel, long_gaps_and_absurd_delays) {
  timer_wheel w(start);
  owner year, forever;
  w.arm(year.timer_, 24h * 365);
  w.arm(forever.timer_, duration::max());
  EXPECT_EQ(w.advance(start + 24h * 365 - 1ms), 0u);
  EXPECT_EQ(w.advance(start + 24h * 365), 1u);
  ASSERT_TRUE(w.next_deadline());
  EXPECT_EQ(w.advance(start + 24h * 365 * 100), 1u);
}

TEST(timer_wheel, a_destroyed_wheel_leaves_its_timers_unarmed) {
  owner near, far, due;
  {
    timer_wheel w(start);
    w.arm(near.timer_, 1ms);
    w.arm(far.timer_, 1h);
    w.arm(due.timer_, 0ms);
  }
  EXPECT_FALSE(near.timer_.armed());
  EXPECT_FALSE(far.timer_.armed());
  EXPECT_FALSE(due.timer_.armed());
}

TEST(timer_wheel, sleeping_until_next_deadline_fires_everything_exactly_on_time) {
  timer_wheel w(start);
  std::mt19937_64 rng(7);
  std::vector<std::unique_ptr<call_timer>> ts;
  int fired = 0;
  for (int i = 0; i < 500; ++i) {
    const auto after = std::chrono::milliseconds(1 + rng() % 2'000'000);
    ts.push_back(std::make_unique<call_timer>([&w, &fired, due = start + after] {
      EXPECT_EQ(w.now(), due);
      ++fired;
    }));
    w.arm(*ts.back(), after);
  }
  int wakes = 0;
  while (const auto next = w.next_deadline()) {
    w.advance(*next);
    ++wakes;
  }
  EXPECT_EQ(fired, 500);
  EXPECT_LT(wakes, 500 * 4);
}

namespace {

/// The obvious implementation: timers sorted by deadline and order of arming.
class model {
 public:
  void arm(int id, std::int64_t tick) {
    cancel(id);
    by_deadline_.emplace(std::pair{tick, sequence_++}, id);
  }
  void cancel(int id) {
    for (auto it = by_deadline_.begin(); it != by_deadline_.end(); ++it) {
      if (it->second != id) continue;
      by_deadline_.erase(it);
      return;
    }
  }
  bool armed(int id) const {
    for (auto& [k, v] : by_deadline_)
      if (v == id) return true;
    return false;
  }
  int expect_fire(std::int64_t at_most) {
    if (by_deadline_.empty() || by_deadline_.begin()->first.first > at_most) return -1;
    const int id = by_deadline_.begin()->second;
    by_deadline_.erase(by_deadline_.begin());
    return id;
  }
  std::optional<std::int64_t> next() const {
    if (by_deadline_.empty()) return std::nullopt;
    return by_deadline_.begin()->first.first;
  }
  std::size_t size() const { return by_deadline_.size(); }

 private:
  std::map<std::pair<std::int64_t, std::uint64_t>, int> by_deadline_;
  std::uint64_t sequence_ = 0;
};

constexpr std::int64_t ceil_ms(duration d) { return std::chrono::ceil<std::chrono::milliseconds>(d).count(); }

struct random_run {
  explicit random_run(std::uint64_t seed) : rng(seed) {
    for (int i = 0; i < 64; ++i) timers.push_back(fresh(i));
  }
  std::unique_ptr<call_timer> fresh(int id) {
    return std::make_unique<call_timer>([this, id] { on_fire(id); });
  }
  duration random_delay() {
    switch (rng() % 6) {
      case 0: return std::chrono::nanoseconds(rng() % 3'000'000);
      case 1: return std::chrono::milliseconds(rng() % 64);
      case 2: return std::chrono::milliseconds(rng() % 5'000);
      case 3: return std::chrono::milliseconds(rng() % 300'000);
      case 4: return std::chrono::milliseconds(rng() % 40'000'000);
      default: return std::chrono::microseconds(rng() % 100'000'000'000'000);
    }
  }
  void mutate() {
    const auto at = rng() % timers.size();
    const int id = static_cast<int>(at);
    switch (rng() % 8) {
      case 0:
        timers[at]->cancel();
        m.cancel(id);
        break;
      case 1:  // destroyed and made anew; never the one that runs, whose callable is in use
        if (id == running) break;
        timers[at] = fresh(id);
        m.cancel(id);
        break;
      default: {
        const auto after = random_delay() + 1ns;
        w.arm(*timers[at], after);
        m.arm(id, ceil_ms(w.now() - start + after));
      }
    }
  }
  void on_fire(int id) {
    ++fired;
    EXPECT_EQ(m.expect_fire(limit), id);
    running = id;
    for (auto n = rng() % 3; n > 0; --n) mutate();
    running = -1;
  }
  void step() {
    for (auto n = rng() % 4; n > 0; --n) mutate();
    const auto now = w.now() + (rng() % 3 ? random_delay() / 8 : duration::zero());
    limit = std::chrono::floor<std::chrono::milliseconds>(now - start).count();
    w.advance(now);
    EXPECT_TRUE(!m.next() || *m.next() > limit) << "left out";
    ASSERT_EQ(w.size(), m.size());
    const auto next = w.next_deadline();
    ASSERT_EQ(next.has_value(), m.next().has_value());
    if (!next) return;
    const auto exact = start + std::chrono::milliseconds(*m.next());
    EXPECT_LE(*next, exact);
    EXPECT_GT(*next, w.now());
    if (*m.next() / 64 == limit / 64) {
      EXPECT_EQ(*next, exact);
    }
  }

  std::mt19937_64 rng;
  timer_wheel w{start};
  model m;
  std::vector<std::unique_ptr<call_timer>> timers;
  std::int64_t limit = 0;
  int running = -1;
  std::uint64_t fired = 0;
};

}  // namespace

TEST(timer_wheel, agrees_with_a_sorted_list_under_random_operations) {
  std::uint64_t fired = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    random_run run(seed);
    for (int i = 0; i < 3000; ++i) ASSERT_NO_FATAL_FAILURE(run.step()) << "seed " << seed << " step " << i;
    for (std::size_t id = 0; id < run.timers.size(); ++id) EXPECT_EQ(run.timers[id]->armed(), run.m.armed(static_cast<int>(id)));
    fired += run.fired;
  }
  EXPECT_GT(fired, 10'000u);
}
