#include "net/out_queue.hpp"

#include <gtest/gtest.h>
#include <sys/uio.h>

#include <array>
#include <random>
#include <string>

namespace jackfield::net {
namespace {

std::string contents(out_queue& q) {
  std::array<iovec, 64> pieces;
  std::string all;
  std::size_t n = q.gather(pieces);
  for (std::size_t i = 0; i < n; ++i) all.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  return all;
}

TEST(out_queue, keeps_small_pieces_together_in_order) {
  out_pool pool;
  out_queue q(pool);
  q.append("one ");
  q.append(std::string_view("two "));
  std::copy_n("three", 5, q.claim(5));
  EXPECT_EQ(q.size(), 13u);
  std::array<iovec, 4> pieces;
  EXPECT_EQ(q.gather(pieces), 1u);
  EXPECT_EQ(contents(q), "one two three");
}

TEST(out_queue, refers_to_large_shared_bytes_instead_of_copying) {
  out_pool pool;
  out_queue q(pool);
  base::shared_bytes large(std::string(out_queue::reference_from, 'x'));
  q.append("head");
  q.append(large);
  q.append("tail");
  std::array<iovec, 4> pieces;
  ASSERT_EQ(q.gather(pieces), 3u);
  EXPECT_EQ(pieces[1].iov_base, large.chars().data());
}

TEST(out_queue, forgets_what_was_sent_at_any_boundary) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    out_pool pool;
    out_queue q(pool);
    std::string expected;
    for (int i = 0; i < 40; ++i) {
      std::string piece(random() % 6000, static_cast<char>('a' + i % 26));
      if (random() % 3 == 0)
        q.append(base::shared_bytes(piece));
      else
        q.append(std::string_view(piece));
      expected += piece;
      std::size_t gone = random() % (expected.size() + 1);
      if (random() % 4 == 0) {
        q.consume(gone);
        expected.erase(0, gone);
      }
      ASSERT_EQ(q.size(), expected.size());
    }
    std::string got;
    while (!q.empty()) {
      std::string now = contents(q);
      got += now;
      q.consume(now.size());
    }
    ASSERT_EQ(got, expected);
  }
}

TEST(out_queue, an_empty_queue_takes_new_bytes_after_everything_was_sent) {
  out_pool pool;
  out_queue q(pool);
  q.append(std::string(100000, 'a'));
  q.consume(100000);
  EXPECT_TRUE(q.empty());
  q.append("b");
  EXPECT_EQ(contents(q), "b");
}

TEST(out_queue, takes_bytes_that_are_none) {  // undefined behaviour once: the asan preset tells
  out_pool pool;
  out_queue q(pool);
  q.append("x");
  q.append(std::string_view());
  q.append("y");
  EXPECT_EQ(contents(q), "xy");
}

TEST(out_pool, frees_what_nobody_needed_for_a_while) {
  out_pool pool;
  const std::string most(3 * out_pool::large_bytes, 'x');
  const auto use = [&](std::size_t bytes) {
    out_queue q(pool);
    q.append(std::string_view(most).substr(0, bytes));
    q.append(base::shared_bytes(std::string(out_queue::reference_from, 'y')));
  };
  use(most.size());
  const auto peak = pool.kept_bytes();
  EXPECT_GE(peak, 3 * out_pool::large_bytes);
  pool.free_unused();  // from here on it is noted what is needed
  use(10);
  EXPECT_GE(pool.free_unused(), 3 * out_pool::large_bytes);
  EXPECT_GT(pool.kept_bytes(), 0u) << "what is needed now and then stays";
  EXPECT_LE(pool.kept_bytes(), out_pool::small_bytes + sizeof(out_node));
  EXPECT_GT(pool.free_unused(), 0u);
  EXPECT_EQ(pool.kept_bytes(), 0u);
}

}  // namespace
}  // namespace jackfield::net
