// thread_times: how long a thread has run, and how long it could have run and had no core. Asked of the kernel (/proc,
// schedstat).
//
// Thread: measures the thread that made it; used by any one at a time.
#pragma once

#include "net/unique_fd.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace jackfield::net {

/// Since the thread began.
struct run_times {
  std::chrono::nanoseconds ran{0}, waited{0};
};

class thread_times {
 public:
  thread_times() noexcept;
  /// Nothing: the kernel does not say.
  std::optional<run_times> read() const noexcept;

  /// The kernel's line: nanoseconds that it ran, nanoseconds that it waited, and how often it was given a core.
  static std::optional<run_times> parse(std::string_view line) noexcept;

 private:
  unique_fd file_;
};

}  // namespace jackfield::net
