#include "net/signals.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace jackfield::net {
namespace {

bool blocked(int which) {
  sigset_t now;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
  return ::sigismember(&now, which) == 1;
}

TEST(signals, the_first_is_told_in_a_turn_and_the_second_is_the_systems_again) {
  worker w;
  int told = 0;
  signals s(w, [&] { ++told; });
  EXPECT_TRUE(blocked(SIGTERM));
  EXPECT_TRUE(blocked(SIGINT));
  ::raise(SIGINT);
  EXPECT_EQ(told, 0);
  w.poll();
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(blocked(SIGTERM));
  EXPECT_FALSE(blocked(SIGINT));
  EXPECT_EXIT(::raise(SIGTERM), ::testing::KilledBySignal(SIGTERM), "");
}

TEST(signals, a_signal_that_was_blocked_before_stays_so) {
  sigset_t terminate, before;
  ::sigemptyset(&terminate);
  ::sigaddset(&terminate, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &terminate, &before);
  {
    worker w;
    signals s(w, [] {});
    EXPECT_TRUE(blocked(SIGINT));
  }
  EXPECT_TRUE(blocked(SIGTERM));
  EXPECT_FALSE(blocked(SIGINT));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace jackfield::net
