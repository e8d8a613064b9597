// arrivals: the moments at which an open loop means to send. And why that matters: a stall that a closed loop would hide.
#include "bench/arrivals.hpp"

#include "bench/histogram.hpp"
#include "bench/timeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace jackfield::bench {
namespace {

TEST(Arrivals, EvenSpacingDoesNotDrift) {
  arrivals a(5 * second, 3, spacing::even, 1);  // a third of a second is no whole number of nanoseconds
  EXPECT_EQ(a.next(), 5 * second);
  nanos last = 0;
  for (int i = 0; i <= 3 * 3600; ++i) last = a.take();
  EXPECT_NEAR(static_cast<double>(last), 3605e9, 2);
}

TEST(Arrivals, PoissonHasTheMeanAndTheSpreadOfIndependentUsers) {
  arrivals a(0, 1000, spacing::poisson, 42);
  constexpr int number = 200'000;
  double sum = 0, squares = 0;
  nanos before = 0;
  for (int i = 0; i < number; ++i) {
    const nanos when = a.take();
    ASSERT_GE(when, before);
    const double gap = to_seconds(when - before);
    before = when;
    sum += gap;
    squares += gap * gap;
  }
  const double mean = sum / number, variance = squares / number - mean * mean;
  EXPECT_NEAR(mean, 1e-3, 2e-5);
  EXPECT_NEAR(variance, 1e-6, 5e-8);  // that of the exponential distribution is the mean's square
}

TEST(Arrivals, TheSameSeedIsTheSameRun) {
  arrivals a(0, 50, spacing::poisson, 9), b(0, 50, spacing::poisson, 9), c(0, 50, spacing::poisson, 10);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const nanos when = a.take();
    EXPECT_EQ(when, b.take());
    differs |= when != c.take();
  }
  EXPECT_TRUE(differs);
}

// A server that answers at once, but stands still for one second of ten. A thousand messages a second were meant: those of that
// second waited half a second on average, and they are a tenth of all. A closed loop with one in flight would have counted one of
// them.
TEST(Arrivals, AStallIsSeenByAllWhoHadToWait) {
  arrivals a(0, 1000, spacing::even, 1);
  histogram h;
  for (int i = 0; i < 10'000; ++i) {
    const nanos meant = a.take();
    const bool stalled = meant >= 4 * second && meant < 5 * second;
    h.record((stalled ? 5 * second : meant) - meant);
  }
  EXPECT_LT(h.percentile(0.89), millisecond);
  EXPECT_NEAR(to_seconds(h.percentile(0.95)), 0.5, 0.01);
  EXPECT_NEAR(to_seconds(h.max()), 1.0, 0.001);
}

TEST(Timeline, CutsARunIntoPieces) {
  timeline t;
  t.start(10 * second, second);
  t.sent(9 * second);  // before it: not noted
  t.sent(10 * second);
  t.delivered(10 * second + 5, 5);
  t.sent(12 * second + 1);
  t.advance(13 * second);
  ASSERT_EQ(t.pieces().size(), 3u);
  EXPECT_EQ(t.pieces()[0].sent, 1u);
  EXPECT_EQ(t.pieces()[0].delivered, 1u);
  EXPECT_EQ(t.pieces()[0].max, 5);
  EXPECT_EQ(t.pieces()[1].sent, 0u);
  EXPECT_EQ(t.pieces()[2].sent, 1u);
  EXPECT_EQ(t.pieces()[2].at, 3 * second);
}

}  // namespace
}  // namespace jackfield::bench
