#include "net/core_shortage.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace jackfield::net {
namespace {

using std::chrono::microseconds, std::chrono::milliseconds, std::chrono::seconds;
using verdict = core_shortage::verdict;

/// A thread, of which so much of each look's time goes by running and by waiting for a core.
struct looked_at : ::testing::Test {
  core_shortage of;
  base::time_point now{seconds(100)};
  std::optional<run_times> times = run_times{};

  verdict look(int ran, int waited, base::duration passed = core_shortage::between_looks) {
    now += passed;
    if (times) {
      times->ran += passed * ran / 100;
      times->waited += passed * waited / 100;
    }
    return of.look(now, times);
  }
  verdict last_of(int looks, int ran, int waited) {
    auto v = verdict::unknown;
    for (int i = 0; i < looks; ++i) v = look(ran, waited);
    return v;
  }
};

TEST_F(looked_at, who_waits_half_as_long_as_it_runs_is_short_of_cores) {
  EXPECT_EQ(last_of(10, 60, 31), verdict::yes);
  EXPECT_EQ(last_of(10, 30, 70), verdict::yes);
}

TEST_F(looked_at, who_waits_less_is_not) {
  EXPECT_EQ(last_of(10, 100, 0), verdict::no);
  EXPECT_EQ(last_of(10, 60, 28), verdict::no);
}

TEST_F(looked_at, who_has_little_to_do_is_not_however_long_it_waits) {
  EXPECT_EQ(last_of(10, 8, 16), verdict::no);
  EXPECT_EQ(last_of(10, 9, 18), verdict::yes);
}

TEST_F(looked_at, two_looks_after_the_first_make_a_verdict) {
  EXPECT_EQ(look(50, 50), verdict::unknown);
  EXPECT_EQ(look(50, 50), verdict::unknown);
  EXPECT_EQ(look(50, 50), verdict::yes);
}

TEST_F(looked_at, it_is_due_every_five_milliseconds) {
  look(50, 50);
  EXPECT_FALSE(of.due(now + microseconds(4999)));
  EXPECT_TRUE(of.due(now + milliseconds(5)));
}

TEST_F(looked_at, it_is_over_when_the_waiting_is) {
  last_of(10, 50, 50);
  EXPECT_EQ(last_of(2, 100, 0), verdict::no);
}

TEST_F(looked_at, what_was_forgotten_says_nothing) {
  last_of(10, 50, 50);
  of.forget();
  EXPECT_EQ(look(100, 0), verdict::unknown);
  EXPECT_EQ(look(100, 0), verdict::no);
}

TEST_F(looked_at, a_thread_that_slept_begins_anew) {
  last_of(10, 50, 50);
  EXPECT_EQ(look(1, 1, milliseconds(51)), verdict::unknown);
  EXPECT_EQ(look(50, 50), verdict::unknown);
  EXPECT_EQ(look(50, 50), verdict::yes);
}

TEST_F(looked_at, without_a_word_from_the_kernel_nothing_is_known) {
  times.reset();
  EXPECT_EQ(last_of(10, 50, 50), verdict::unknown);
}

}  // namespace
}  // namespace jackfield::net
