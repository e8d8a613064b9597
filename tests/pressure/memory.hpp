// memory: what the process holds, and a server on a thread of its own, for tests that watch the one while they load the other.
#pragma once

#include <jackfield/server.hpp>

#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace jackfield::tests {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int share = 20;  // instrumented builds keep freed memory and are slow: a part of the load, and no look at memory
inline constexpr bool memory_counts = false;
#else
inline constexpr int share = 1;
inline constexpr bool memory_counts = true;
#endif

inline std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

inline void expect_growth_below(std::size_t before, std::size_t most_bytes, std::size_t now = resident_bytes()) {
  if (memory_counts) {
    EXPECT_LT(now, before + most_bytes) << "grew by " << (now - before) / 1024 << " KiB";
  }
}

/// What the process holds without what earlier tests left free in the heap.
inline std::size_t settled_bytes() {
#if defined(__GLIBC__)
  ::malloc_trim(0);
#endif
  return resident_bytes();
}

/// Waits until the process holds at most so much. The last figure.
inline std::size_t wait_for_resident(std::size_t at_most) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::size_t now = resident_bytes();
  while (now > at_most && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the system has no event for it
    now = resident_bytes();
  }
  return now;
}

/// A server that runs gives back, within seconds, at least four fifths of what a spike brought.
inline void expect_back(const char* what, std::size_t before, std::size_t peak) {
  if (!memory_counts) return;
  const auto now = wait_for_resident(before + (peak - before) / 5);
  std::printf("%s: %zu KiB before, %zu KiB at the peak, %zu KiB after\n", what, before / 1024, peak / 1024, now / 1024);
  EXPECT_LE(now, before + (peak - before) / 5);
}

class served {
 public:
  explicit served(server_options options) : io(std::move(options)) { port = io.listen("127.0.0.1", 0); }
  ~served() {
    io.stop();
    loop.join();
  }
  /// Runs f on the worker and waits for it.
  template <class F>
  auto on_worker(F f) {
    std::packaged_task<decltype(f())()> task(std::move(f));
    auto done = task.get_future();
    io.post([t = std::make_shared<decltype(task)>(std::move(task))] { (*t)(); });
    return done.get();
  }
  server io;
  std::uint16_t port = 0;
  std::thread loop;
  void start() {
    loop = std::thread([this] { io.run(); });
  }
};

}  // namespace jackfield::tests
