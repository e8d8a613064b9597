#include "net/turn_limit.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

namespace jackfield::net {
namespace {

using std::chrono::milliseconds, std::chrono::seconds;

/// Workers that say every five milliseconds whether they are short of cores.
struct limited : ::testing::Test {
  turn_limit of{4};
  base::time_point now{seconds(100)};
  std::uint64_t work = 0;

  bool say(bool short_of_cores, std::uint64_t done = 100) {
    now += milliseconds(5);
    work += done;
    return of.report(short_of_cores, now, work);
  }
  void say_for(base::duration time, bool short_of_cores, std::uint64_t done = 100) {
    for (const auto end = now + time; now < end;) say(short_of_cores, done);
  }
  /// Until it changes. How long that was.
  base::duration until_changed(bool short_of_cores, std::uint64_t done = 100) {
    const auto since = now;
    while (!say(short_of_cores, done))
      if (now - since > seconds(20)) return base::duration::max();
    return now - since;
  }
};

TEST_F(limited, all_may_at_once_while_nobody_is_short) {
  say_for(seconds(10), false);
  EXPECT_EQ(of.at_once(), 4u);
  EXPECT_FALSE(of.limits());
}

TEST_F(limited, one_sign_is_none) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(say(true));
    say_for(milliseconds(100), false);
  }
  EXPECT_EQ(of.at_once(), 4u);
}

TEST_F(limited, one_less_and_less_again_while_somebody_is_short) {
  EXPECT_LE(until_changed(true), milliseconds(30));
  EXPECT_EQ(of.at_once(), 3u);
  EXPECT_TRUE(of.limits());
  until_changed(true);
  EXPECT_EQ(of.at_once(), 2u);
  until_changed(true);
  EXPECT_EQ(of.at_once(), 1u);
  say_for(milliseconds(100), true);
  EXPECT_EQ(of.at_once(), 1u);
}

TEST_F(limited, it_stays_where_nobody_is_short_any_more) {
  until_changed(true);
  until_changed(true);
  say_for(milliseconds(200), false);
  EXPECT_EQ(of.at_once(), 2u);
}

TEST_F(limited, a_limit_that_costs_work_is_given_up_and_not_tried_again_at_once) {
  const auto soon = turn_limit::settle + 4 * turn_limit::measure;
  until_changed(true);
  EXPECT_LE(until_changed(true, 70), soon);
  EXPECT_EQ(of.at_once(), 4u);
  EXPECT_GE(until_changed(true), turn_limit::first_rest);
  EXPECT_LE(until_changed(true, 70), soon);
  EXPECT_GE(until_changed(true), 2 * turn_limit::first_rest);
  for (int i = 0; i < 10; ++i) {
    until_changed(true, 70);
    EXPECT_LE(until_changed(true), turn_limit::longest_rest + 4 * turn_limit::measure);
  }
}

TEST_F(limited, what_is_done_while_it_settles_does_not_count) {
  until_changed(true);
  say_for(turn_limit::settle, false, 0);
  say_for(milliseconds(100), false, 85);
  EXPECT_EQ(of.at_once(), 3u);
}

TEST_F(limited, a_moment_with_less_work_does_not_end_it) {
  until_changed(true);
  say_for(turn_limit::settle, false);
  say_for(milliseconds(20), false, 50);
  say_for(milliseconds(60), false, 110);
  EXPECT_EQ(of.at_once(), 3u);
}

TEST_F(limited, it_is_lifted_to_see_whether_it_is_wanted_and_later_each_time_that_it_is) {
  until_changed(true);
  auto stayed = until_changed(false);
  EXPECT_GE(stayed, turn_limit::first_trial);
  EXPECT_EQ(of.at_once(), 4u);
  for (int i = 0; i < 5; ++i) {
    EXPECT_LE(until_changed(true), milliseconds(30));
    const auto next = until_changed(false);
    EXPECT_GE(next, stayed);
    EXPECT_LE(next, turn_limit::longest_trial + milliseconds(5));
    stayed = next;
  }
  EXPECT_GE(stayed, turn_limit::longest_trial);
}

TEST_F(limited, after_a_calm_it_is_tried_for_a_short_time_again) {
  for (int i = 0; i < 5; ++i) {
    until_changed(true);
    until_changed(false);
  }
  say_for(seconds(1), false);
  until_changed(true);
  EXPECT_LE(until_changed(false), turn_limit::first_trial + milliseconds(5));
}

TEST_F(limited, a_rest_is_no_calm) {
  until_changed(true);
  until_changed(false);
  until_changed(true);
  until_changed(true, 70);  // too little, this time
  EXPECT_EQ(of.at_once(), 4u);
  EXPECT_GE(until_changed(true), turn_limit::first_rest);
  EXPECT_GE(until_changed(false), 2 * turn_limit::first_trial);
}

TEST_F(limited, whoever_waits_in_vain_ends_it) {
  EXPECT_FALSE(of.stuck(now));
  until_changed(true);
  EXPECT_TRUE(of.stuck(now));
  EXPECT_EQ(of.at_once(), 4u);
  EXPECT_GE(until_changed(true), turn_limit::first_rest);
}

TEST_F(limited, one_alone_is_never) {
  turn_limit alone(1);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(alone.report(true, now += milliseconds(5), work += 100));
  EXPECT_EQ(alone.at_once(), 1u);
}

}  // namespace
}  // namespace jackfield::net
