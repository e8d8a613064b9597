#include "net/batch_scheduling.hpp"

#include <gtest/gtest.h>

#include <sched.h>

#include <thread>

namespace jackfield::net {
namespace {

int policy() { return ::sched_getscheduler(0); }

TEST(batch_scheduling, is_the_threads_while_it_is_set) {
  std::thread([] {
    {
      batch_scheduling b;
      EXPECT_EQ(policy(), SCHED_OTHER);
      b.set(true);
      EXPECT_EQ(policy(), SCHED_BATCH);
      b.set(false);
      EXPECT_EQ(policy(), SCHED_OTHER);
      b.set(true);
    }
    EXPECT_EQ(policy(), SCHED_OTHER) << "it ends with the object";
  }).join();
}

TEST(batch_scheduling, leaves_alone_what_somebody_chose) {
  std::thread([] {
    const sched_param none{};
    ASSERT_EQ(::sched_setscheduler(0, SCHED_IDLE, &none), 0);
    batch_scheduling b;
    b.set(true);
    EXPECT_EQ(policy(), SCHED_IDLE);
  }).join();
}

}  // namespace
}  // namespace jackfield::net
