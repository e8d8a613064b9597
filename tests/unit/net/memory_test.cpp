#include "net/memory.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <chrono>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;

constexpr auto no_limit = std::numeric_limits<std::size_t>::max();

TEST(memory, the_system_says_what_the_process_holds) {
  const auto before = resident_bytes();
  ASSERT_GT(before, 0u);
  const std::string load(32u << 20, 'x');
  EXPECT_GE(resident_bytes(), before + (24u << 20));
  EXPECT_GT(available_bytes(), resident_bytes());
}

TEST(memory, a_limit_follows_what_the_process_holds) {
  memory_limit limit(resident_bytes() + (32u << 20));
  base::time_point now{1h};
  EXPECT_FALSE(limit.reached(now));
  constexpr std::size_t load = 64u << 20;  // of the system, not of the heap: sanitizers keep what is freed
  void* const pages = ::mmap(nullptr, load, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(pages, MAP_FAILED);
  std::memset(pages, 'x', load);
  EXPECT_FALSE(limit.reached(now + 99ms)) << "asked too soon";
  EXPECT_TRUE(limit.reached(now + 100ms));
  ::munmap(pages, load);
  EXPECT_TRUE(limit.reached(now + 199ms));
  EXPECT_FALSE(limit.reached(now + 200ms));
}

TEST(memory, a_limit_is_a_share_of_what_there_is_unless_it_is_told) {
  EXPECT_EQ(memory_limit(0).most_bytes(), available_bytes() / 10 * 9);
  EXPECT_EQ(memory_limit(5).most_bytes(), 5u);
  memory_limit none(no_limit);
  EXPECT_FALSE(none.reached({}));
}

TEST(memory, one_at_a_time_looks_at_the_heap) {
  const give_back_rule rule{.at_least = 1, .between_looks = 1s};
  const base::time_point now = base::time_point::max() - 1h;  // later than any other look of this process
  EXPECT_TRUE(time_to_look(now, rule));
  EXPECT_FALSE(time_to_look(now, rule));
  EXPECT_FALSE(time_to_look(now + 999ms, rule));
  EXPECT_TRUE(time_to_look(now + 1s, rule));
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// A heap that grew by `bytes` and has them free again, all but the last of them, which keeps it from shrinking by itself.
std::string spike(std::size_t bytes) {
  std::vector<std::string> load;
  for (std::size_t i = 0; i < bytes / 8192; ++i) load.emplace_back(8192, 'x');
  return std::move(load.back());
}

TEST(memory, what_a_spike_left_is_given_back_at_the_second_look_after_every_spike) {
  const give_back_rule rule{.at_least = 8u << 20};
  constexpr std::size_t size = 128u << 20;
  while (look_at_heap(rule)) {
  }
  const auto before = resident_bytes();
  for (int i = 0; i < 3; ++i) {
    const auto last = spike(size);  // no look while it lasts
    ASSERT_GE(resident_bytes(), before + size / 2) << "it went by itself";
    EXPECT_TRUE(look_at_heap(rule)) << "much lies free";
    EXPECT_GE(resident_bytes(), before + size / 2) << "the first look only looks";
    EXPECT_FALSE(look_at_heap(rule)) << "it was given back";
    EXPECT_LE(resident_bytes(), before + size / 8);
    EXPECT_FALSE(look_at_heap(rule)) << "nothing is left";
  }
}
#endif

}  // namespace
}  // namespace jackfield::net
