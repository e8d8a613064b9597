#include "net/turn_queue.hpp"

#include "net/thread_times.hpp"
#include "net/unique_fd.hpp"
#include "net/worker.hpp"

#include <gtest/gtest.h>

#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;
using verdict = core_shortage::verdict;

/// So that so many less may be in a turn at once.
void limit(turn_queue& q, int less = 1) {
  constexpr auto step = std::max(turn_limit::measure, turn_limit::settle);
  auto now = base::clock::now() - 2 * less * step;
  for (const auto wanted = q.version() + static_cast<std::uint32_t>(less); q.version() != wanted; now += step)
    q.report(verdict::yes, now);
  ASSERT_TRUE(q.limits());
}

TEST(turn_queue, with_cores_for_all_nobody_waits) {
  turn_queue q(2);
  const auto a = q.enter(0), b = q.enter(1);
  EXPECT_EQ(q.waits(), 0u);
}

TEST(turn_queue, what_is_not_known_and_what_is_no_shortage_limits_nothing) {
  turn_queue q(2);
  for (const auto v : {verdict::unknown, verdict::no})
    for (int i = 0; i < 100; ++i) q.report(v, base::clock::now() + i * 5ms);
  EXPECT_FALSE(q.limits());
  EXPECT_EQ(q.version(), 0u);
}

TEST(turn_queue, its_version_changes_with_the_limit) {
  turn_queue q(3);
  limit(q, 2);
  EXPECT_EQ(q.version(), 2u);
}

/// Waiters in the order in which they came.
TEST(turn_queue, one_turn_after_another) {
  turn_queue q(4);
  limit(q, 3);
  std::atomic<int> inside = 0, most = 0;
  std::vector<std::size_t> order;  // by who is inside
  std::vector<std::thread> threads;
  {
    const auto mine = q.enter(0);
    for (std::size_t i = 1; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const auto place = q.enter(i);
        most = std::max(most.load(), ++inside);
        order.push_back(i);
        --inside;
      });
      while (q.waits() < i) std::this_thread::yield();
    }
    EXPECT_EQ(inside, 0);
  }
  for (auto& t : threads) t.join();
  if (!q.limits()) GTEST_SKIP() << "somebody waited in vain: this machine is too slow to tell";
  EXPECT_EQ(most, 1);
  EXPECT_EQ(order, (std::vector<std::size_t>{1, 2, 3}));
}

TEST(turn_queue, as_many_at_once_as_may) {
  turn_queue q(3);
  limit(q, 1);
  const auto a = q.enter(0), b = q.enter(1);
  EXPECT_EQ(q.waits(), 0u);
  std::thread([&] { const auto c = q.enter(2); }).join();  // waits in vain
  EXPECT_EQ(q.waits(), 1u);
}

TEST(turn_queue, whoever_waits_in_vain_goes_on_and_so_does_everybody) {
  turn_queue q(2);
  limit(q);
  const auto mine = q.enter(0);
  std::thread([&] { const auto place = q.enter(1); }).join();  // as when this turn waits for that one
  EXPECT_FALSE(q.limits());
  const auto more = q.enter(1);
  EXPECT_EQ(q.waits(), 1u);
}

TEST(turn_queue, places_of_a_limit_that_is_gone_are_given_back) {
  turn_queue q(2);
  limit(q);
  {
    const auto mine = q.enter(0);
    const auto now = base::clock::now();
    q.report(verdict::no, now + turn_limit::settle);
    q.report(verdict::no, now + turn_limit::first_trial);
    EXPECT_FALSE(q.limits());
  }
  limit(q);
  const auto again = q.enter(0);
  EXPECT_EQ(q.waits(), 0u);
}

/// Always has something to say.
struct talker final : pollable {
  unique_fd fd{::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)};
  void on_events(std::uint32_t) override {}
};

/// Says something when it is told to; the worker's turn that hears it is its last.
struct speaker final : pollable {
  speaker(worker& of, std::atomic<int>& c) : w(of), called(c) { w.watch(fd.get(), *this, EPOLLIN, trigger::edge); }
  void say() const {
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(fd.get(), &one, sizeof one), ssize_t{sizeof one});
  }
  void on_events(std::uint32_t) override {
    ++called;
    w.after_turn([this] { w.leave(); });
  }
  worker& w;
  std::atomic<int>& called;
  unique_fd fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

TEST(turn_queue, what_comes_while_a_worker_waits_for_its_turn_is_of_that_turn) {
  auto queue = std::make_shared<turn_queue>(2);
  limit(*queue);
  worker w;
  w.set_number(1);
  w.take_turns_in(queue);
  std::atomic<int> called = 0;
  const speaker a(w, called), b(w, called);
  a.say();
  std::thread other;
  {
    const auto mine = queue->enter(0);
    other = std::thread([&] { w.run(); });
    while (queue->waits() == 0) std::this_thread::yield();
    b.say();
  }
  other.join();
  if (!queue->limits()) GTEST_SKIP() << "it waited in vain: this machine is too slow to tell";
  EXPECT_EQ(called, 2);
}

/// Two workers that always have something to do, beside a thread that wants the same core.
struct one_core : ::testing::Test {
  one_core() {
    ::pthread_getaffinity_np(::pthread_self(), sizeof cores, &cores);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i)
      if (CPU_ISSET(i, &cores)) CPU_SET(i, &one);
    pinned = ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one) == 0;
  }
  ~one_core() override { ::pthread_setaffinity_np(::pthread_self(), sizeof cores, &cores); }
  void SetUp() override {
    if (!pinned || !thread_times().read())
      GTEST_SKIP() << "the kernel does not say how long a thread waited, or leaves threads no choice of cores";
  }

  struct busy_worker {
    busy_worker(std::size_t number, std::shared_ptr<turn_queue> q, base::time_point until) : queue(*q), end(until) {
      w.set_number(number);
      w.watch(client.fd.get(), client, EPOLLIN, trigger::level);
      w.take_turns_in(std::move(q));
      w.timers().arm(watch, 1ms);
    }
    void look() { queue.waits() > 10 || base::clock::now() > end ? w.leave() : w.timers().arm(watch, 1ms); }
    turn_queue& queue;
    base::time_point end;
    talker client;
    worker w;
    base::member_timer<busy_worker, &busy_worker::look> watch{*this};
  };

  cpu_set_t cores;
  bool pinned = false;
};

TEST_F(one_core, workers_that_are_short_of_cores_take_their_turns_one_after_another) {
  auto queue = std::make_shared<turn_queue>(2);
  const auto end = base::clock::now() + 10s;
  busy_worker a(0, queue, end), b(1, queue, end);
  std::atomic<bool> over = false;
  std::thread rival([&] {
    while (!over) {
    }
  });
  std::thread other([&] { b.w.run(); });
  a.w.run();
  other.join();
  over = true;
  rival.join();
  EXPECT_GT(queue->waits(), 10u);
}

}  // namespace
}  // namespace jackfield::net
