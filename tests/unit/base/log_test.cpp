#include "base/log.hpp"
#include "base/mpsc_queue.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

using namespace jackfield::base;
using namespace std::chrono_literals;

namespace {

struct log_fixture : testing::Test {
  ~log_fixture() override {
    set_sink({});
    set_log_level(log_level::info);
  }
};

}  // namespace

TEST_F(log_fixture, reaches_the_sink_from_its_level_on) {
  std::vector<std::string> lines;
  set_sink([&](log_level l, std::string_view m) { lines.push_back(std::string(name_of(l)) + ':' + std::string(m)); });
  log(log_level::debug, "no");
  log(log_level::info, "a");
  log(log_level::error, "b");
  set_log_level(log_level::error);
  log(log_level::warning, "no");
  EXPECT_FALSE(log_enabled(log_level::warning));
  set_log_level(log_level::debug);
  log(log_level::debug, "c");
  EXPECT_EQ(lines, (std::vector<std::string>{"info:a", "error:b", "debug:c"}));
}

TEST_F(log_fixture, a_throwing_sink_harms_nobody) {  // S42
  set_sink([](log_level, std::string_view) { throw std::runtime_error("full"); });
  EXPECT_NO_THROW(log(log_level::error, "x"));
}

TEST_F(log_fixture, a_sink_may_be_replaced_from_within) {
  int calls = 0;
  set_sink([&](log_level, std::string_view) {
    ++calls;
    set_sink([](log_level, std::string_view) {});
  });
  log(log_level::error, "x");
  log(log_level::error, "x");
  EXPECT_EQ(calls, 1);
}

TEST_F(log_fixture, the_default_sink_writes_one_line_to_standard_error) {
  testing::internal::CaptureStderr();
  log(log_level::warning, "hello");
  const auto text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(text.ends_with("Z warning hello\n")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(log_escape, makes_peers_data_harmless) {  // S42
  EXPECT_EQ(escaped("plain é€😀"), "plain é€😀");
  EXPECT_EQ(escaped("a\r\nb\x1b[31m\t"), "a\\x0d\\x0ab\\x1b[31m\\x09");
  EXPECT_EQ(escaped(std::string_view("\0\x7f", 2)), "\\x00\\x7f");
  EXPECT_EQ(escaped("\\x0d"), "\\\\x0d");
  EXPECT_EQ(escaped("\xC2\x9B"
                    "31m"),
            "\\xc2\\x9b31m");
  EXPECT_EQ(escaped("\xFF\xE2\x82"), "\\xff\\xe2\\x82");
  EXPECT_EQ(escaped("\xED\xA0\x80"), "\\xed\\xa0\\x80");
}

TEST(log_escape, is_cut_at_256_bytes_between_characters) {  // S42
  EXPECT_EQ(escaped(std::string(256, 'x')), std::string(256, 'x'));
  EXPECT_EQ(escaped(std::string(257, 'x')), std::string(256, 'x') + "...");
  EXPECT_EQ(escaped(std::string(255, 'x') + "€"), std::string(255, 'x') + "...");
  EXPECT_EQ(escaped(std::string(100, '\n')).size(), 256 + 3u);
  EXPECT_EQ(escaped("abcdef", 3), "abc...");
}

TEST(once_per_second, lets_one_through_and_counts_the_others) {
  once_per_second limit;
  const time_point t{5s};
  EXPECT_TRUE(limit.allow(t));
  EXPECT_EQ(limit.take_suppressed(), 0u);
  EXPECT_FALSE(limit.allow(t));
  EXPECT_FALSE(limit.allow(t + 999ms));
  EXPECT_TRUE(limit.allow(t + 1s));
  EXPECT_EQ(limit.take_suppressed(), 2u);
  EXPECT_EQ(limit.take_suppressed(), 0u);
  EXPECT_TRUE(limit.allow(t + 90s));
}

TEST(once_per_second, of_many_threads_one_may) {
  once_per_second limit;
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) allowed += limit.allow(time_point{1s});
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(allowed, 1);
  EXPECT_EQ(limit.take_suppressed(), 3999u);
}

TEST(mpsc_queue, tells_the_first_of_a_batch_and_keeps_each_producers_order) {
  mpsc_queue<int> one;
  EXPECT_TRUE(one.push(1));
  EXPECT_FALSE(one.push(2));
  std::vector<int> out{9};
  one.take_all(out);
  EXPECT_EQ(out, (std::vector{1, 2}));
  EXPECT_TRUE(one.push(3));

  mpsc_queue<std::pair<int, int>> q;
  constexpr int producers = 3, each = 20'000;
  std::vector<std::thread> threads;
  for (int p = 0; p < producers; ++p) {
    threads.emplace_back([&q, p] {
      for (int i = 0; i < each; ++i) q.push({p, i});
    });
  }
  int next[producers] = {}, taken = 0;
  std::vector<std::pair<int, int>> batch;
  while (taken < producers * each) {
    q.take_all(batch);
    for (const auto& [p, i] : batch) ASSERT_EQ(i, next[p]++);
    taken += static_cast<int>(batch.size());
  }
  for (auto& t : threads) t.join();
}
