// turning: a worker of the test's own, turned until something has happened, for ten seconds at most.
#pragma once

#include "net/worker.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace jackfield::net {

struct turning : ::testing::Test {
  template <class F>
  ::testing::AssertionResult until(F done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return ::testing::AssertionFailure() << "nothing more happens";
      w.poll();
    }
    return ::testing::AssertionSuccess();
  }
  worker w;
};

}  // namespace jackfield::net
