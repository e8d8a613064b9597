#include "base/limits.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace jackfield::base {
namespace {

using namespace std::chrono_literals;

TEST(limits, every_one_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < static_cast<std::size_t>(limit::count_); ++i) names.insert(name_of(static_cast<limit>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(limit::count_));
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(limits, are_counted_each_time_and_logged_at_most_once_a_second) {  // S1
  std::vector<std::string> lines;
  set_sink([&](log_level, std::string_view line) { lines.emplace_back(line); });
  limit_counts counts;
  time_point now{};
  for (int i = 0; i < 5; ++i) counts.hit(limit::body, now);
  counts.hit(limit::headers, now);
  counts.hit(limit::body, now + 1100ms);
  set_sink({});
  EXPECT_EQ(counts.hits(limit::body), 6u);
  EXPECT_EQ(counts.hits(limit::headers), 1u);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], "limit reached: body");
  EXPECT_NE(lines[2].find("4 times"), std::string::npos) << lines[2];
}

}  // namespace
}  // namespace jackfield::base
