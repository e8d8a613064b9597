// ack_table: answers in any order, deadlines, the end.
#include "socket/ack_table.hpp"

#include "support/virtual_host.hpp"

#include <gtest/gtest.h>

#include <random>

namespace jackfield::sio {
namespace {

using namespace std::chrono_literals;

struct waiter final : detail::waiter {
  waiter(std::vector<std::string>& l, std::string n) : log(l), name(std::move(n)) {}
  void answered(const args&) override { log.push_back(name); }
  void failed(error e) override { log.push_back(name + " " + std::string(name_of(e.code))); }
  std::vector<std::string>& log;
  std::string name;
};

struct ack_table_test : testing::Test, fault_sink {
  void on_fault(std::string_view, std::exception_ptr) noexcept override {}
  void add(std::uint64_t id, std::chrono::milliseconds t) { acks.add(id, waiter_ref(new waiter(log, std::to_string(id))), t); }
  test::virtual_host host;
  std::vector<std::string> log;
  ack_table acks{host, *this};
};
using lines = std::vector<std::string>;

// P137
TEST_F(ack_table_test, deadlines_fire_in_order_and_once) {
  add(5, 300ms);
  add(7, 100ms);
  add(6, 200ms);
  EXPECT_TRUE(acks.take(6));
  EXPECT_FALSE(acks.take(6));
  EXPECT_FALSE(acks.take(8));
  host.advance(99ms);
  EXPECT_TRUE(log.empty());
  host.advance(1s);
  EXPECT_EQ(log, (lines{"7 timeout", "5 timeout"}));
  EXPECT_EQ(acks.size(), 0u);
}

// P138
TEST_F(ack_table_test, the_end_tells_everybody) {
  add(1, 1s);
  add(2, 1s);
  acks.end();
  EXPECT_EQ(log, (lines{"1 disconnected", "2 disconnected"}));
  host.advance(2s);
  EXPECT_EQ(log.size(), 2u);
}

TEST_F(ack_table_test, answers_in_any_order_find_theirs) {
  std::vector<std::uint64_t> ids;
  for (std::uint64_t i = 0; i < 1000; ++i) ids.push_back(i * 3);
  for (auto id : ids) add(id, 1s);
  std::shuffle(ids.begin(), ids.end(), std::mt19937(3));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(acks.size(), ids.size() - i);
    const auto w = acks.take(ids[i]);
    ASSERT_TRUE(w);
    EXPECT_EQ(static_cast<waiter&>(*w).name, std::to_string(ids[i]));
    EXPECT_FALSE(acks.take(ids[i] + 1));
  }
  host.advance(2s);
  EXPECT_TRUE(log.empty());
}

}  // namespace
}  // namespace jackfield::sio
