#include "net/pacing.hpp"

#include "net/unique_fd.hpp"
#include "net/worker.hpp"

#include <gtest/gtest.h>

#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

namespace jackfield::net {
namespace {

using std::chrono::microseconds, std::chrono::milliseconds, std::chrono::seconds;

/// A thread of which a share of the time goes by waiting for a core, and its turns.
struct paced_turns : ::testing::Test {
  pacing of;
  base::time_point now{seconds(100)};
  std::optional<run_times> times = run_times{};
  int looks = 0;
  std::array<std::array<char, 64>, 64> clients{};
  std::size_t next = 0;

  /// A turn for so many clients, so long; `waited` of every hundred microseconds before the next the thread has no core.
  bool turn(std::size_t served, microseconds takes = microseconds(100), int waited = 50,
            microseconds till_next = microseconds(100), std::size_t different = 64) {
    for (std::size_t i = 0; i < served; ++i) of.served(&clients[next++ % different]);
    const auto began = now;
    now += takes;
    const bool pause = of.turn_over(began, now, [&] {
      ++looks;
      return times;
    });
    now += till_next;
    if (times) {
      times->ran += takes;
      times->waited += till_next * waited / 100;
    }
    return pause;
  }
  template <class F>
  int pauses_of(int turns, F one_turn) {
    int n = 0;
    for (int i = 0; i < turns; ++i) n += one_turn();
    return n;
  }
};

TEST_F(paced_turns, a_crowd_on_a_thread_that_waits_for_cores_is_let_gather) {
  const int n = pauses_of(1000, [&] { return turn(10); });
  EXPECT_GT(n, 900);
}

TEST_F(paced_turns, with_a_core_to_spare_nobody_waits) {
  EXPECT_EQ(pauses_of(1000, [&] { return turn(10, microseconds(100), 0); }), 0);
  EXPECT_EQ(pauses_of(1000, [&] { return turn(10, microseconds(100), 45); }), 0);
}

TEST_F(paced_turns, a_few_clients_do_not_wait_however_much_they_say) {
  EXPECT_EQ(pauses_of(1000, [&] { return turn(10, microseconds(100), 50, microseconds(100), 4); }), 0);
}

TEST_F(paced_turns, a_crowd_that_says_little_does_not_wait) {
  EXPECT_EQ(pauses_of(1000, [&] { return turn(2, microseconds(50), 100, microseconds(200)); }), 0);
}

TEST_F(paced_turns, a_long_turn_has_let_work_gather) {
  EXPECT_GT(pauses_of(1000, [&] { return turn(100, milliseconds(1), 100, milliseconds(1)); }), 900);
  EXPECT_EQ(pauses_of(1000, [&] { return turn(100, microseconds(1001), 100, milliseconds(1)); }), 0);
}

TEST_F(paced_turns, it_ends_with_the_want_of_cores) {
  EXPECT_GT(pauses_of(200, [&] { return turn(10); }), 100);
  pauses_of(50, [&] { return turn(10, microseconds(100), 0); });
  EXPECT_EQ(pauses_of(200, [&] { return turn(10, microseconds(100), 0); }), 0);
}

TEST_F(paced_turns, whoever_comes_first_after_silence_does_not_wait) {
  EXPECT_GT(pauses_of(200, [&] { return turn(10); }), 100);
  now += milliseconds(4);
  EXPECT_FALSE(turn(10));
}

TEST_F(paced_turns, what_was_long_ago_says_nothing_about_now) {
  pauses_of(20, [&] { return turn(10, microseconds(100), 0); });
  now += seconds(1);
  times->waited += seconds(1);
  EXPECT_EQ(pauses_of(100, [&] { return turn(10, microseconds(100), 0); }), 0);
}

TEST_F(paced_turns, without_a_word_from_the_kernel_nobody_waits) {
  times.reset();
  EXPECT_EQ(pauses_of(1000, [&] { return turn(10); }), 0);
}

TEST_F(paced_turns, the_kernel_is_asked_seldom_and_only_for_a_crowd) {
  pauses_of(1000, [&] { return turn(10); });  // 200 ms
  EXPECT_LE(looks, 200 / 5 + 1);
  looks = 0;
  now += seconds(1);
  pauses_of(1000, [&] { return turn(1, microseconds(50), 50, microseconds(200)); });
  EXPECT_EQ(looks, 0);
}

/// Always has something to say.
struct talker final : pollable {
  unique_fd fd{::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)};
  void on_events(std::uint32_t) override {}
};

/// A worker with a crowd beside a thread that wants the same core.
struct short_of_cores : ::testing::Test {
  short_of_cores() {
    ::pthread_getaffinity_np(::pthread_self(), sizeof cores, &cores);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++i)
      if (CPU_ISSET(i, &cores)) CPU_SET(i, &one);
    pinned = ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one) == 0;
    for (auto& t : crowd) w.watch(t.fd.get(), t, EPOLLIN, trigger::level);
  }
  ~short_of_cores() override { ::pthread_setaffinity_np(::pthread_self(), sizeof cores, &cores); }
  void SetUp() override {
    if (!pinned || !thread_times().read())
      GTEST_SKIP() << "the kernel does not say how long a thread waited, or leaves threads no choice of cores";
  }

  struct watch final : base::timer {
    explicit watch(worker& x) : of(x) { of.timers().arm(*this, milliseconds(1)); }
    void fire() override { of.pauses() > 10 || base::clock::now() > end ? of.leave() : of.timers().arm(*this, milliseconds(1)); }
    worker& of;
    base::time_point end;
  };
  /// Until there were some, or for so long.
  std::uint64_t pauses_within(base::duration most) {
    std::atomic<bool> over = false;
    std::thread rival([&] {
      while (!over) {
      }
    });
    watch some(w);
    some.end = base::clock::now() + most;
    w.run();
    over = true;
    rival.join();
    return w.pauses();
  }

  cpu_set_t cores;
  bool pinned = false;
  std::array<talker, 32> crowd;
  worker w;
};

TEST_F(short_of_cores, a_worker_that_may_pause_does) {
  w.may_pause();
  EXPECT_GT(pauses_within(seconds(10)), 10u);
}

TEST_F(short_of_cores, a_worker_that_may_not_does_not) { EXPECT_EQ(pauses_within(milliseconds(50)), 0u); }

}  // namespace
}  // namespace jackfield::net
