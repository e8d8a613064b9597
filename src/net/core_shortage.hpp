// core_shortage: whether a thread that has much to do waits for a core half as long as it runs, or longer, over some ten
// milliseconds.
//
// Thread: one. No clock of its own.
#pragma once

#include "base/timer_wheel.hpp"
#include "net/thread_times.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace jackfield::net {

class core_shortage {
 public:
  enum class verdict : std::uint8_t {
    unknown,  // it has not been looked at for long enough, or the kernel does not say
    no,
    yes,
  };
  static constexpr std::chrono::milliseconds between_looks{5};

  bool due(base::time_point now) const noexcept { return now - looked_ >= between_looks; }
  /// `times`: of the thread.
  verdict look(base::time_point now, std::optional<run_times> times) noexcept;
  /// What was seen so far says nothing about what comes.
  void forget() noexcept { seen_ = {}; }

 private:
  static constexpr auto most_between_looks = 10 * between_looks;  // it slept, rather
  static constexpr int looks = 2;                                 // so many make a verdict
  struct sums {
    std::chrono::nanoseconds ran{0}, waited{0}, all{0};  // older looks count for half, a quarter, …
    int looks = 0;
  };
  base::time_point looked_{};
  std::optional<run_times> before_;
  sums seen_;
};

}  // namespace jackfield::net
