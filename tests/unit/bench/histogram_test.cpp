// histogram: three digits from a nanosecond to an hour, exact counts, percentiles by rank.
#include "bench/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace jackfield::bench {
namespace {

TEST(Histogram, EmptyIsAllNothing) {
  const histogram h;
  EXPECT_EQ(h.count(), 0u);
  EXPECT_EQ(h.percentile(0.99), 0);
  EXPECT_EQ(h.min(), 0);
  EXPECT_EQ(h.max(), 0);
  EXPECT_EQ(h.mean(), 0);
  EXPECT_TRUE(h.buckets().empty());
}

TEST(Histogram, SmallValuesAreExact) {
  histogram h;
  for (nanos v = 0; v < 2048; ++v) h.record(v);
  ASSERT_EQ(h.buckets().size(), 2048u);
  for (nanos v = 0; v < 2048; ++v) EXPECT_EQ(h.buckets()[static_cast<std::size_t>(v)].upto, v);
}

// Each value alone: what comes back is not less, and at most a thousandth more.
TEST(Histogram, KeepsThreeDigitsOfEverything) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    const auto v =
        static_cast<nanos>(std::exp(std::uniform_real_distribution<double>(0, std::log(double(histogram::highest)))(random)));
    histogram h;
    h.record(v);
    h.record(histogram::highest);  // or max() would hide the bucket's width
    const nanos seen = h.percentile(0.5);
    EXPECT_GE(seen, v);
    EXPECT_LE(static_cast<double>(seen), static_cast<double>(v) * 1.001) << v;
  }
}

TEST(Histogram, PercentilesAreThoseOfTheSortedList) {
  std::mt19937_64 random(3);
  std::vector<nanos> all;
  histogram h;
  for (int i = 0; i < 10'000; ++i) {
    all.push_back(static_cast<nanos>(std::exponential_distribution<double>(1e-6)(random)));
    h.record(all.back());
  }
  std::sort(all.begin(), all.end());
  for (const double share : {0.0, 0.001, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const auto rank = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(share * 10'000 - 1e-9)));
    const double exact = static_cast<double>(all[rank - 1]);
    EXPECT_NEAR(static_cast<double>(h.percentile(share)), exact, exact * 0.001 + 1) << share;
  }
  EXPECT_EQ(h.percentile(1), all.back());
  EXPECT_EQ(h.min(), all.front());
  double sum = 0;
  for (const nanos v : all) sum += static_cast<double>(v);
  EXPECT_NEAR(h.mean(), sum / 10'000, 1);
}

TEST(Histogram, OneInAThousandIsSeenInTheTailOnly) {
  histogram h;
  h.record(millisecond, 999);
  h.record(second);
  EXPECT_LT(h.percentile(0.999), 2 * millisecond);
  EXPECT_EQ(h.percentile(0.9991), second);
}

TEST(Histogram, TooMuchIsClampedAndSaysSo) {
  histogram h;
  h.record(histogram::highest + 1, 2);
  h.record(-5);
  EXPECT_EQ(h.clamped(), 2u);
  EXPECT_EQ(h.max(), histogram::highest);
  EXPECT_EQ(h.min(), 0);
  EXPECT_EQ(h.count(), 3u);
}

TEST(Histogram, AddingIsRecordingBoth) {
  histogram a, b, both;
  for (nanos v = 1; v < 100'000; v += 7) {
    (v % 2 ? a : b).record(v * 100);
    both.record(v * 100);
  }
  a.add(b);
  EXPECT_EQ(a.count(), both.count());
  EXPECT_EQ(a.max(), both.max());
  EXPECT_EQ(a.min(), both.min());
  EXPECT_EQ(a.buckets().size(), both.buckets().size());
  for (const double share : {0.1, 0.5, 0.99}) EXPECT_EQ(a.percentile(share), both.percentile(share));
  a.clear();
  EXPECT_EQ(a.count(), 0u);
  a.record(5);
  EXPECT_EQ(a.percentile(0.5), 5);
  EXPECT_EQ(a.min(), 5);
}

}  // namespace
}  // namespace jackfield::bench
