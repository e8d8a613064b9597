// turn_limit: how many workers may be in a turn at once. All of them, until one is short of cores; then one less, and less again
// while that goes on. A limit is kept only if as much work is done with it as before: else others take the cores, and would take
// what it leaves them. It is lifted after a while, to see whether it is still wanted, and after a longer while the next time.
//
// Pure; no clock of its own. Thread: one at a time.
#pragma once

#include "base/timer_wheel.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace jackfield::net {

class turn_limit {
 public:
  static constexpr std::chrono::milliseconds settle{20};   // turns get longer, so that clients wait once: no work is lost by that
  static constexpr std::chrono::milliseconds measure{20};  // over so long work is compared
  static constexpr double enough_work = 0.8;               // of what was done before
  static constexpr std::chrono::milliseconds first_trial{250}, longest_trial{1000};
  static constexpr std::chrono::milliseconds first_rest{100}, longest_rest{8000};
  static constexpr std::chrono::milliseconds calm{250};  // so long without a shortage: the next is another one

  explicit turn_limit(std::size_t workers) noexcept : workers_(workers), at_once_(workers) {}

  std::size_t at_once() const noexcept { return at_once_; }
  bool limits() const noexcept { return at_once_ < workers_; }

  // Both return whether at_once() has changed.
  /// From one that has much to do, every few milliseconds: whether it is short of cores, and how much all have done so far.
  bool report(bool short_of_cores, base::time_point now, std::uint64_t work) noexcept;
  /// One waited in vain: whoever is in a turn takes long, and may wait for something itself.
  bool stuck(base::time_point now) noexcept;

 private:
  bool unlimited(bool short_of_cores, base::time_point now, std::uint64_t work) noexcept;
  void mark(base::time_point now, std::uint64_t work) noexcept;
  double rate(base::time_point now, std::uint64_t work) const noexcept;
  void one_less(base::time_point now, std::uint64_t work) noexcept;
  bool lift(base::time_point now) noexcept;
  bool rest(base::time_point now) noexcept;

  std::size_t workers_, at_once_;
  // Since the first sign of a shortage, or since the limit has settled.
  base::time_point marked_{};
  std::uint64_t work_then_ = 0;
  double rate_before_ = 0;  // work for each nanosecond
  bool settled_ = false;    // it is measured
  bool judged_ = false;     // the limit has kept up with that
  base::time_point limited_{}, lifted_{}, rests_until_{};
  base::duration trial_ = first_trial, rest_ = first_rest;
};

}  // namespace jackfield::net
