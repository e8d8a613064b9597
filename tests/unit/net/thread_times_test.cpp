#include "net/thread_times.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

namespace jackfield::net {
namespace {

using std::chrono::milliseconds, std::chrono::nanoseconds, std::chrono::steady_clock;

TEST(thread_times, reads_the_kernels_line) {
  const auto t = thread_times::parse("1234567890123 42 17\n");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->ran, nanoseconds(1234567890123));
  EXPECT_EQ(t->waited, nanoseconds(42));
}

TEST(thread_times, anything_else_says_nothing) {
  for (std::string_view line : {"", "12", "12 ", "12 13", "a 13 1", "12 b 1", "12  13 1", "99999999999999999999 1 1"})
    EXPECT_FALSE(thread_times::parse(line)) << line;
}

TEST(thread_times, a_thread_that_works_has_run) {
  const thread_times times;
  const auto before = times.read();
  if (!before) GTEST_SKIP() << "the kernel does not say how long a thread ran";
  const auto end = steady_clock::now() + std::chrono::seconds(10);
  auto now = before;
  while (now && now->ran - before->ran < milliseconds(1) && steady_clock::now() < end) now = times.read();
  ASSERT_TRUE(now);
  EXPECT_GE(now->ran - before->ran, milliseconds(1));
  EXPECT_GE(now->waited, before->waited);
}

}  // namespace
}  // namespace jackfield::net
