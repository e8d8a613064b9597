// Baselines: written, read again, compared. What got worse is told from what moved and from what cannot be compared.
#include "bench/baseline.hpp"

#include "bench/report.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace jackfield::bench {
namespace {

baseline some_baseline() {
  baseline b;
  b.version = "1.2.3";
  b.made = "2026-11-26T00:00:00Z";
  b.url = "http://127.0.0.1:3000";
  b.where = {"a processor", 2, 8ull << 30, "Linux"};
  b.connections = connection_capacity{18'000, "latency", 900, 2048.0, 40.0};
  message_capacity m;
  m.scenario = "echo";
  m.connections = 100;
  m.size = 32;
  m.most = {100'000, 100'000, 300, 9000, 5.0, 0.9};
  m.average = {50'000, 50'000, 100, 400, 6.0, 0.4};
  m.limited_by = "latency";
  b.messages.push_back(m);
  return b;
}

bool has(const std::vector<std::string>& all, std::string_view part) {
  return std::any_of(all.begin(), all.end(), [part](const auto& s) { return s.find(part) != std::string::npos; });
}

change::kind verdict_of(const comparison& c, std::string_view what) {
  for (const auto& one : c.changes)
    if (one.what == what) return one.verdict;
  ADD_FAILURE() << "no figure " << what;
  return change::kind::same;
}

TEST(Baseline, IsReadAsItWasWritten) {
  const baseline b = some_baseline();
  std::string why;
  const auto again = read_baseline(json_text(to_value(b)), why);
  ASSERT_TRUE(again) << why;
  EXPECT_EQ(json_text(to_value(*again)), json_text(to_value(b)));
  EXPECT_EQ(again->connections->most, 18'000u);
  EXPECT_EQ(again->messages[0].average.p99_us, 400);
}

TEST(Baseline, AnythingElseIsRefusedWithAReason) {
  std::string why;
  EXPECT_FALSE(read_baseline("", why));
  EXPECT_NE(why, "");
  EXPECT_FALSE(read_baseline("[]", why));
  EXPECT_FALSE(read_baseline(R"({"format":"jackfield-bench/1"})", why));
  EXPECT_NE(why.find("format"), std::string::npos);
  EXPECT_FALSE(read_baseline(R"({"format":"jackfield-capacity/1","messages":{},"machine":{},"bound":{"latency_us":1}})", why));
  EXPECT_TRUE(
      read_baseline(R"({"format":"jackfield-capacity/1","messages":[1,"x",{}],"machine":{},"bound":{"latency_us":1}})", why));
}

TEST(Compare, TheSameIsTheSame) {
  const comparison c = compare(some_baseline(), some_baseline(), 0.1);
  EXPECT_FALSE(c.regressed());
  EXPECT_FALSE(c.changes.empty());
  EXPECT_TRUE(c.remarks.empty());
}

TEST(Compare, FewerMessagesAndMoreWorkAreWorse) {
  baseline now = some_baseline();
  now.messages[0].most.sent_per_s = 80'000;
  comparison c = compare(some_baseline(), now, 0.15);
  EXPECT_TRUE(c.regressed());
  EXPECT_EQ(verdict_of(c, "echo messages/s"), change::kind::worse);
  EXPECT_FALSE(compare(some_baseline(), now, 0.30).regressed());  // within the tolerance
  EXPECT_NE(to_text(c, 0.15).find("WORSE"), std::string::npos);

  now = some_baseline();
  now.messages[0].most.cpu_us_per_delivery = 6.0;
  EXPECT_TRUE(compare(some_baseline(), now, 0.15).regressed());
  now.messages[0].most.cpu_us_per_delivery = 4.0;
  c = compare(some_baseline(), now, 0.15);
  EXPECT_FALSE(c.regressed());
  EXPECT_EQ(verdict_of(c, "echo us CPU per delivery"), change::kind::better);

  now = some_baseline();
  now.connections->bytes_per_connection = 3000;
  EXPECT_TRUE(compare(some_baseline(), now, 0.15).regressed());
}

TEST(Compare, WhatTheGeneratorLimitedIsNotJudged) {
  baseline now = some_baseline();
  now.messages[0].most.sent_per_s = 10;
  now.messages[0].limited_by = "generator";
  const comparison c = compare(some_baseline(), now, 0.15);
  EXPECT_FALSE(c.regressed());
  EXPECT_TRUE(has(c.remarks, "not judged"));
}

TEST(Compare, WhatCannotBeComparedIsSaid) {
  baseline now = some_baseline();
  now.where.cores = 64;
  now.bound_us = 1;
  now.messages.clear();
  now.connections.reset();
  comparison c = compare(some_baseline(), now, 0.15);
  EXPECT_TRUE(has(c.remarks, "machines differ"));
  EXPECT_TRUE(has(c.remarks, "bounds"));
  EXPECT_TRUE(has(c.remarks, "echo was not measured"));
  EXPECT_TRUE(has(c.remarks, "connections"));
  EXPECT_FALSE(c.regressed());
  now = some_baseline();
  now.messages[0].size = 4096;
  now.messages[0].most.sent_per_s = 1;
  c = compare(some_baseline(), now, 0.15);
  EXPECT_FALSE(c.regressed());
  EXPECT_TRUE(has(c.remarks, "not compared"));
}

// A scenario in which nothing held any more is the worst of all: zero is not "unknown".
TEST(Compare, NothingHeldAnyMoreIsWorse) {
  baseline now = some_baseline();
  now.messages[0].most = {};
  now.messages[0].limited_by = "errors";
  EXPECT_TRUE(compare(some_baseline(), now, 0.15).regressed());
}

}  // namespace
}  // namespace jackfield::bench
