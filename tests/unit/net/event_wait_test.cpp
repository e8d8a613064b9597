#include "net/event_wait.hpp"

#include "net/unique_fd.hpp"

#include <gtest/gtest.h>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace jackfield::net {
namespace {

using std::chrono::microseconds, std::chrono::milliseconds, std::chrono::seconds;

/// By both system calls.
struct event_waits : ::testing::TestWithParam<event_wait::unit> {
  event_waits() {
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.u64 = 7;
    ::epoll_ctl(set.get(), EPOLL_CTL_ADD, bell.get(), &e);
  }
  void ring() {
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(bell.get(), &one, sizeof one), ssize_t{sizeof one});
  }
  base::duration time_of(base::duration asked) {
    const auto before = base::clock::now();
    EXPECT_EQ(wait(set.get(), ready, asked), 0u);
    return base::clock::now() - before;
  }

  unique_fd set{::epoll_create1(EPOLL_CLOEXEC)}, bell{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  event_wait wait{GetParam()};
  std::array<epoll_event, 4> ready{};
};

TEST_P(event_waits, says_who_is_ready) {
  ring();
  for (const std::optional<base::duration> time : {std::optional<base::duration>(), {base::duration::zero()}, {seconds(100)}}) {
    ready = {};
    ASSERT_EQ(wait(set.get(), ready, time), 1u);
    EXPECT_EQ(ready[0].data.u64, 7u);
    EXPECT_EQ(ready[0].events, static_cast<std::uint32_t>(EPOLLIN));
  }
}

TEST_P(event_waits, writes_no_more_than_there_is_room_for) {
  const unique_fd other{::eventfd(1, EFD_CLOEXEC)};
  epoll_event e{};
  e.events = EPOLLIN;
  ::epoll_ctl(set.get(), EPOLL_CTL_ADD, other.get(), &e);
  ring();
  EXPECT_EQ(wait(set.get(), std::span(ready).first(1), seconds(100)), 1u);
  EXPECT_EQ(wait(set.get(), ready, seconds(100)), 2u);
}

TEST_P(event_waits, never_ends_early) {
  for (const base::duration asked :
       {base::duration(microseconds(1)), base::duration(microseconds(300)), base::duration(microseconds(1700))})
    EXPECT_GE(time_of(asked), asked);
}

TEST_P(event_waits, a_time_that_is_over_is_no_wait) {
  EXPECT_EQ(wait(set.get(), ready, base::duration::zero()), 0u);
  EXPECT_EQ(wait(set.get(), ready, -seconds(5)), 0u);
}

TEST_P(event_waits, a_time_longer_than_the_call_can_say_is_the_longest_it_can) {
  ring();
  EXPECT_EQ(wait(set.get(), ready, base::duration::max()), 1u);
}

TEST_P(event_waits, what_fails_is_nobody) { EXPECT_EQ(wait(-1, ready, seconds(100)), 0u); }

TEST_P(event_waits, whether_one_is_ready_is_said_without_taking_it) {
  epoll_event e{};
  e.events = EPOLLIN | EPOLLET;
  ::epoll_ctl(set.get(), EPOLL_CTL_MOD, bell.get(), &e);
  ring();
  EXPECT_TRUE(event_wait::some(set.get(), {}));
  EXPECT_TRUE(event_wait::some(set.get(), base::duration::max()));
  EXPECT_TRUE(event_wait::some(set.get(), base::duration::zero()));
  EXPECT_EQ(wait(set.get(), ready, base::duration::zero()), 1u);
  EXPECT_FALSE(event_wait::some(set.get(), base::duration::zero()));
  EXPECT_FALSE(event_wait::some(set.get(), -seconds(5)));
}

TEST(event_wait, to_ask_whether_one_is_ready_does_not_end_early) {
  const unique_fd set{::epoll_create1(EPOLL_CLOEXEC)};
  for (const base::duration asked : {base::duration(microseconds(1)), base::duration(microseconds(1700))}) {
    const auto before = base::clock::now();
    EXPECT_FALSE(event_wait::some(set.get(), asked));
    EXPECT_GE(base::clock::now() - before, asked);
  }
}

INSTANTIATE_TEST_SUITE_P(event_wait, event_waits, ::testing::Values(event_wait::unit::nanosecond, event_wait::unit::millisecond),
                         [](const auto& p) { return p.param == event_wait::unit::nanosecond ? "exact" : "milliseconds"; });

}  // namespace
}  // namespace jackfield::net
