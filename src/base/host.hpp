// host: what pure code may ask of the thread that it lives on. The network's worker is one, the tests'
// virtual host another. Time and turns come from here; nothing below it reads a clock.
#pragma once

#include "base/function.hpp"
#include "base/limits.hpp"
#include "base/timer_wheel.hpp"

namespace jackfield::base {

class host {
 public:
  /// Timers of this thread; timers().now() is the time of the turn. Only on the host's thread.
  virtual timer_wheel& timers() noexcept = 0;
  /// Runs f on the host's thread, in a later turn, in order. From any thread.
  virtual void post(unique_function<void()> f) = 0;
  /// Runs f at the end of this turn (before output is flushed), in order; what it adds runs too.
  /// Only on the host's thread. For what must not happen while others are on the stack.
  virtual void defer(unique_function<void()> f) = 0;
  /// True when the caller runs on the host's thread inside a turn.
  virtual bool current() const noexcept = 0;

  /// A stranger ran into a limit: counted, and logged at most once a second. Only on the host's thread.
  void hit(limit l) noexcept { limits_.hit(l, timers().now()); }
  /// Any thread.
  const limit_counts& limits() const noexcept { return limits_; }

 protected:
  ~host() = default;

 private:
  limit_counts limits_;
};

}  // namespace jackfield::base
