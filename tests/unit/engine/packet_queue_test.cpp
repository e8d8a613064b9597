#include "engine/packet_queue.hpp"

#include "support/fake_transport.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace jackfield::engine {
namespace {

using test::packets;

constexpr std::size_t everything = std::numeric_limits<std::size_t>::max();

struct queue : ::testing::Test {
  void push(const packets& texts, std::uint64_t lane = 0, const terms& t = {.patient = patience::droppable}) {
    auto group = messages(texts);
    q.push(group, lane, t);
  }
  bool replace(const packets& texts, std::uint64_t lane, std::string_view key, std::uint64_t number = 0) {
    auto group = messages(texts);
    return q.replace(group, lane, {.patient = patience::droppable, .key = key, .number = number}, gone);
  }
  static std::vector<message> messages(const packets& texts) {
    std::vector<message> group;
    for (const auto& t : texts) {
      const auto p = test::packet_of(t);
      group.push_back({p.kind, base::shared_bytes(p.data)});
    }
    return group;
  }
  packets take(std::size_t most = everything) {
    packets out;
    if (q.empty()) return out;
    for (const auto& p : q.take(most)) out.push_back(test::written(p));
    q.settle();
    return out;
  }
  static bool anything(const packet_queue::waiting& w) { return w.patient == patience::droppable; }

  packet_queue q;
  displacement gone;  // by replace()
};

TEST_F(queue, hands_out_whole_groups_in_order) {
  push({"4a", "b1"});
  q.push(protocol::eio_type::ping);
  push({"4b"});
  EXPECT_EQ(take(packet_queue::cost(2, 2)), (packets{"4a", "b1"}));
  EXPECT_EQ(take(1), packets{"2"});  // at least one group
  EXPECT_EQ(take(), packets{"4b"});
  EXPECT_TRUE(q.empty());
  EXPECT_EQ(q.bytes(), 0u);
}

TEST_F(queue, counts_what_waits_for_each_lane) {
  push({"4aa"}, 1);
  push({"4bbb"}, 2);
  push({"4c"}, 1);
  EXPECT_EQ(q.bytes_of(1), packet_queue::cost(3, 2));
  EXPECT_EQ(q.bytes_of(2), packet_queue::cost(3, 1));
  EXPECT_EQ(q.bytes_of(3), 0u);
  EXPECT_EQ(q.bytes(), packet_queue::cost(6, 3));
  take(packet_queue::cost(2, 1));
  EXPECT_EQ(q.bytes_of(1), packet_queue::cost(1, 1));
}

TEST_F(queue, drops_the_oldest_of_one_lane_that_may_go) {
  push({"4a"}, 1);
  push({"4x"}, 2);
  push({"4keep"}, 1, {.patient = patience::keep});
  push({"4b", "b1"}, 1);
  push({"4c"}, 1);
  EXPECT_EQ(q.drop_oldest(1, packet_queue::cost(1, 1) + 1, anything).groups, 2u);  // the second group is more than was asked for
  EXPECT_EQ(take(), (packets{"4x", "4keep", "4c"}));
}

TEST_F(queue, says_which_groups_went) {
  const auto numbered = [](std::uint64_t n, std::string_view key = {}) {
    return terms{.patient = patience::droppable, .key = key, .number = n};
  };
  push({"4a"}, 1);  // has no number
  push({"4b", "b1"}, 1, numbered(5));
  push({"4c"}, 1, numbered(6));
  push({"4d"}, 1, numbered(7, "k"));
  const auto dropped = q.drop_oldest(1, 2 * packet_queue::cost(1, 1) + packet_queue::cost(1, 1), anything);
  EXPECT_EQ(dropped.groups, 2u);
  EXPECT_EQ(dropped.lowest, 5u);
  EXPECT_TRUE(replace({"4d2"}, 1, "k", 8));
  EXPECT_EQ(gone.lowest, 7u);
  EXPECT_TRUE(replace({"4d3", "b1"}, 1, "k", 9));  // goes to the end
  EXPECT_EQ(gone.groups, 2u);
  EXPECT_EQ(gone.lowest, 7u);
  EXPECT_EQ(q.drop_oldest(1, everything, anything).lowest, 6u);
}

TEST_F(queue, drops_nothing_that_must_stay) {
  push({"4a"}, 1, {.patient = patience::keep});
  EXPECT_EQ(q.drop_oldest(1, everything, anything).groups, 0u);
  EXPECT_EQ(q.drop_oldest(7, everything, anything).groups, 0u);
  EXPECT_EQ(take(), packets{"4a"});
}

TEST_F(queue, a_newer_group_takes_the_place_of_the_one_with_its_key) {
  push({"4a1"}, 1, {.key = "a"});
  push({"4b1"}, 1, {.key = "b"});
  push({"4other"}, 2, {.key = "a"});
  EXPECT_TRUE(q.waits(1, "a"));
  EXPECT_TRUE(replace({"4a22"}, 1, "a"));
  EXPECT_FALSE(replace({"4c"}, 1, "c"));
  EXPECT_EQ(q.bytes_of(1), packet_queue::cost(5, 2));
  EXPECT_EQ(take(), (packets{"4a22", "4b1", "4other"}));
  EXPECT_FALSE(q.waits(1, "a"));
  EXPECT_FALSE(replace({"4a3"}, 1, "a"));
}

TEST_F(queue, a_group_of_another_size_goes_to_the_end) {
  push({"4a"}, 1, {.key = "a"});
  push({"4b"}, 1);
  EXPECT_TRUE(replace({"4a", "b1"}, 1, "a"));
  EXPECT_EQ(take(), (packets{"4b", "4a", "b1"}));
}

TEST_F(queue, keys_are_found_after_gaps_were_closed) {
  push({"4first"}, 1, {.patient = patience::keep});
  for (int i = 0; i < 100; ++i) push({"4x"}, 1);
  push({"4k1"}, 1, {.key = "k"});
  EXPECT_EQ(q.drop_oldest(1, everything, anything).groups, 100u);
  push({"4last"}, 1);  // closes the gaps
  EXPECT_TRUE(replace({"4k2"}, 1, "k"));
  EXPECT_EQ(q.drop_oldest(1, everything, anything).groups, 1u);
  EXPECT_EQ(take(), (packets{"4first", "4k2"}));
}

// S32: a peer that takes nothing costs what may wait for it, however much is dropped
TEST_F(queue, memory_stays_flat_while_the_oldest_give_way) {
  std::size_t most = 0;
  push({"4head"}, 1, {.patient = patience::keep});
  for (int i = 0; i < 100'000; ++i) {
    if (q.bytes_of(1) > 10 * packet_queue::cost(10, 1)) q.drop_oldest(1, packet_queue::cost(10, 1), anything);
    push({"4" + std::to_string(1'000'000'000 + i)}, 1);
    most = std::max(most, q.places());
  }
  EXPECT_LT(most, 100u);
  const auto left = take();
  EXPECT_EQ(left.front(), "4head");
  EXPECT_EQ(left.back(), "41000099999");
}

TEST_F(queue, a_batch_says_whether_any_packet_wants_compression) {
  push({"4a"}, 1, {.compress = compression::none});
  push({"4b"}, 1, {.compress = compression::allowed});
  take(1);
  EXPECT_EQ(q.wants(), compression::none);
  take(1);
  EXPECT_EQ(q.wants(), compression::allowed);
}

}  // namespace
}  // namespace jackfield::engine
