// host: what pure code may ask of the thread that it lives on. The network's worker is one, the tests'
// virtual host another. Time and turns come from here; nothing below it reads a clock.
#pragma once

#include "base/function.hpp"
#include "base/letter_sheet.hpp"
#include "base/limits.hpp"
#include "base/timer_wheel.hpp"

#include <cstddef>
#include <utility>

namespace jackfield::base {

class host {
 public:
  /// Timers of this thread; timers().now() is the time of the turn. Only on the host's thread.
  virtual timer_wheel& timers() noexcept = 0;
  /// Runs f on the host's thread later, with nothing else on the stack, in order. From any thread.
  virtual void post(unique_function<void()> f) = 0;
  /// Where the turn that runs on this thread, another host's, writes what this host shall be told at its end; with room for
  /// `cost` more. Read in order with what that turn posts. Null: nothing is written to this host from here; post() then.
  virtual letter_sheet* sheet([[maybe_unused]] std::size_t cost) { return nullptr; }
  /// Runs f at the end of this turn (before output is flushed), in order; what it adds runs too.
  /// Only on the host's thread. For what must not happen while others are on the stack.
  virtual void defer(unique_function<void()> f) = 0;
  /// True when the caller runs on the host's thread inside a turn.
  virtual bool current() const noexcept = 0;

  /// The host in whose turn this thread is, where hosts say so (`turn`). Null: in none's.
  static host* here() noexcept { return here_; }
  /// This thread is in a turn of `h`, for a scope. Null: it is in none's.
  class turn {
   public:
    explicit turn(host* h) noexcept : before_(std::exchange(here_, h)) {}
    ~turn() { here_ = before_; }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

   private:
    host* before_;
  };

  /// Which of several hosts it is, where somebody has several. Set before they run.
  std::size_t number() const noexcept { return number_; }
  void set_number(std::size_t n) noexcept { number_ = n; }

  /// A stranger ran into a limit: counted, and logged at most once a second. Only on the host's thread.
  void hit(limit l) noexcept { limits_.hit(l, timers().now()); }
  /// Any thread.
  const limit_counts& limits() const noexcept { return limits_; }

 protected:
  ~host() = default;

 private:
  static constinit inline thread_local host* here_ = nullptr;
  std::size_t number_ = 0;
  limit_counts limits_;
};

}  // namespace jackfield::base
