// Reading ramps: what held, what broke and why, where the latency bends; and the search for the most that holds.
#include "bench/knee.hpp"
#include "bench/ramp.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace jackfield::bench {
namespace {

ramp_step step_at(double offered, double achieved, double p99_us) {
  ramp_step s;
  s.offered = offered;
  s.achieved = achieved;
  s.p50_us = p99_us / 3;
  s.p99_us = p99_us;
  return s;
}

/// A queue in front of one server of that capacity.
ramp_step queue(double load, double capacity) {
  if (load >= capacity) return step_at(load, capacity, 900'000);
  return step_at(load, load, 1000 / (1 - load / capacity));
}

TEST(Knee, JudgesAStep) {
  EXPECT_EQ(judge(step_at(100, 99, 40), 50), verdict::held);
  EXPECT_EQ(judge(step_at(100, 100, 51), 50), verdict::latency);
  EXPECT_EQ(judge(step_at(100, 94, 40), 50), verdict::throughput);
  EXPECT_EQ(judge(step_at(100, 94, 60), 50), verdict::throughput);
  ramp_step s = step_at(100, 100, 40);
  s.errors = 1;
  EXPECT_EQ(judge(s, 50), verdict::errors);
  s.generator_bound = true;
  EXPECT_EQ(judge(s, 50), verdict::errors);  // no excuse for these
  s.errors = 0;
  s.p99_us = 51;
  EXPECT_EQ(judge(s, 50), verdict::generator_bound);
  s.p99_us = 40;
  EXPECT_EQ(judge(s, 50), verdict::held);  // it was busy, and yet everything was as it should be
}

TEST(Knee, FindsWhereAQueueBends) {
  std::vector<ramp_step> steps;
  for (double load = 100; load < 10'000; load *= 1.3) steps.push_back(queue(load, 10'000));
  const auto bend = find_bend(steps);
  ASSERT_TRUE(bend);
  EXPECT_GT(steps[*bend].offered, 2'000);
  EXPECT_LT(steps[*bend].offered, 9'500);
}

TEST(Knee, AStraightLineAndAFlatOneHaveNone) {
  std::vector<ramp_step> straight, flat;
  for (double load = 100; load < 10'000; load *= 1.3) {
    straight.push_back(step_at(load, load, load));
    flat.push_back(step_at(load, load, 300));
  }
  EXPECT_FALSE(find_bend(straight));
  EXPECT_FALSE(find_bend(flat));
  flat.resize(3);
  EXPECT_FALSE(find_bend(flat));
  EXPECT_FALSE(find_bend({}));
}

TEST(Knee, SaysWhatBrokeInWords) {
  const std::vector<ramp_step> steps{step_at(100, 100, 1000), step_at(200, 200, 2000), step_at(400, 300, 2500)};
  const knee_reading r = read_ramp(steps, 50'000, "messages/s");
  EXPECT_EQ(r.last_held, 1u);
  EXPECT_EQ(r.first_broken, 2u);
  EXPECT_EQ(r.why, verdict::throughput);
  EXPECT_NE(r.explanation.find("200 messages/s"), std::string::npos) << r.explanation;
  EXPECT_NE(r.explanation.find("only 300"), std::string::npos) << r.explanation;
  EXPECT_EQ(read_ramp({}, 1, "connections").explanation, "No step was measured.");
  EXPECT_NE(read_ramp({steps[0]}, 50'000, "messages/s").explanation.find("higher than this ramp"), std::string::npos);
  EXPECT_NE(read_ramp({steps[2]}, 50'000, "messages/s").explanation.find("Not even"), std::string::npos);
}

ramp_plan plan_to(double to, int halvings) { return {ramped::rate, 100, to, 2, 50'000, halvings}; }
bool never_stop() { return false; }

TEST(Climb, ComesCloseToTheCapacityFromBelow) {
  // p99 is 50 ms at 98 % of the capacity.
  const search s = climb(
      plan_to(1e6, 8), [](double load) { return queue(load, 12'345); }, never_stop);
  ASSERT_TRUE(s.best);
  ASSERT_TRUE(s.broke);
  EXPECT_LE(s.best->offered, 12'345 * 0.98);
  EXPECT_GT(s.best->offered, 12'345 * 0.98 / 1.04);
  EXPECT_LE(s.broke->offered / s.best->offered, 1.04);
  EXPECT_EQ(judge(*s.best, 50'000), verdict::held);
}

TEST(Climb, EndsAtTheEndOfTheRange) {
  const search s = climb(
      plan_to(1500, 4), [](double load) { return queue(load, 1e9); }, never_stop);
  ASSERT_TRUE(s.best);
  EXPECT_EQ(s.best->offered, 1500);
  EXPECT_FALSE(s.broke);
  EXPECT_EQ(s.steps.size(), 5u);  // 100 200 400 800 1500
}

TEST(Climb, OneHiccupIsNoLimit) {
  int calls = 0;
  const search s = climb(
      plan_to(800, 4),
      [&calls](double load) {
        if (++calls == 3) return step_at(load, load / 2, 10);
        return step_at(load, load, 10);
      },
      never_stop);
  ASSERT_TRUE(s.best);
  EXPECT_EQ(s.best->offered, 800);
  EXPECT_FALSE(s.broke);
}

TEST(Climb, NothingHeld) {
  const search s = climb(
      plan_to(800, 4), [](double load) { return step_at(load, load, 1e6); }, never_stop);
  EXPECT_FALSE(s.best);
  ASSERT_TRUE(s.broke);
  EXPECT_EQ(s.why, verdict::latency);
  EXPECT_EQ(s.steps.size(), 2u);  // and its second chance
}

TEST(Climb, StopsWhenItIsTold) {
  int calls = 0;
  const search s = climb(
      plan_to(1e6, 4),
      [&calls](double load) {
        ++calls;
        return step_at(load, load, 10);
      },
      [&calls] { return calls == 3; });
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(s.steps.size(), 2u);  // the third was cut short: no step
}

TEST(Climb, TheReportHasTheStepsInOrderAndTheSecondTryOnly) {
  const ramp_plan plan = plan_to(1e6, 4);
  const ramp r = as_ramp(climb(
                             plan, [](double load) { return queue(load, 5'000); }, never_stop),
                         plan);
  for (std::size_t i = 1; i < r.steps.size(); ++i) EXPECT_LT(r.steps[i - 1].offered, r.steps[i].offered);
  ASSERT_TRUE(r.reading.last_held);
  EXPECT_EQ(r.unit, "messages/s");
}

}  // namespace
}  // namespace jackfield::bench
