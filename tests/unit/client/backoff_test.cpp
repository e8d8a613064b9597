#include "client/backoff.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace jackfield::cl {
namespace {

using namespace std::chrono_literals;

// P181
TEST(backoff, doubles_up_to_the_most_without_jitter) {
  backoff b({.first = 100ms, .most = 1000ms, .jitter = 0});
  for (const auto expected : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) EXPECT_EQ(b.next(0.7), expected);
  EXPECT_EQ(b.attempts(), 6u);
  b.reset();
  EXPECT_EQ(b.next(0.7), 100ms);
}

// P181: one draw decides size and sign: an even first digit means sooner.
TEST(backoff, moves_each_by_one_draw) {
  const auto first = [](double draw) { return backoff({.first = 1000ms, .most = 5000ms, .jitter = 0.5}).next(draw); };
  EXPECT_EQ(first(0.0), 1000ms);
  EXPECT_EQ(first(0.25), 875ms);
  EXPECT_EQ(first(0.85), 575ms);
  EXPECT_EQ(first(0.35), 1175ms);
  EXPECT_EQ(first(0.95), 1475ms);
}

// P181
TEST(backoff, stays_in_the_documented_ranges) {
  for (int i = 0; i < 1000; ++i) {
    backoff b({});
    const double draw = i / 1000.0;
    const auto a = b.next(draw), c = b.next(draw), d = b.next(draw), e = b.next(draw);
    EXPECT_TRUE(a >= 500ms && a <= 1500ms);
    EXPECT_TRUE(c >= 1000ms && c <= 3000ms);
    EXPECT_TRUE(d >= 2000ms && d <= 5000ms);
    EXPECT_LE(e, 5000ms);
  }
}

// P181: the most applies after the draw.
TEST(backoff, cuts_after_moving) {
  backoff b({.first = 4000ms, .most = 5000ms, .jitter = 1});
  EXPECT_EQ(b.next(0.99), 5000ms);
  backoff other({.first = 4000ms, .most = 5000ms, .jitter = 1});
  EXPECT_EQ(other.next(0.89), 440ms);
}

TEST(backoff, does_not_overflow) {
  backoff b({.first = 1000ms, .most = 5000ms, .jitter = 0.5});
  for (int i = 0; i < 5000; ++i) {
    const auto t = b.next(0.95);
    EXPECT_TRUE(t > 0ms && t <= 5000ms);
  }
}

// P181
TEST(backoff, ignores_jitter_out_of_range) {
  EXPECT_EQ(backoff({.first = 100ms, .most = 1000ms, .jitter = 1.5}).next(0.9), 100ms);
  EXPECT_EQ(backoff({.first = 100ms, .most = 1000ms, .jitter = -1}).next(0.9), 100ms);
}

}  // namespace
}  // namespace jackfield::cl
