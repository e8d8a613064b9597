// timer_wheel: many timers, armed and cancelled in constant time, with time passed in from outside.
// It never reads a clock: its owner calls advance(now) and asks next_deadline() how long it may sleep.
// One owner thread. A timer is a member of what it serves; destroying an armed timer cancels it.
// Resolution 1 ms: a timer never fires early and fires at the first advance at or after its deadline.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace jackfield::base {

using clock = std::chrono::steady_clock;   // the type only; pure code never calls now()
using time_point = clock::time_point;
using duration = clock::duration;

class timer_wheel;

/// What fires. Derive, or use member_timer below. 40 bytes.
class timer {
 public:
  timer() noexcept = default;
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  virtual void fire() = 0;
  bool armed() const noexcept { return wheel_ != nullptr; }
  void cancel() noexcept;

 protected:
  ~timer() { cancel(); }

 private:
  friend class timer_wheel;
  timer* next_ = nullptr;
  timer** link_ = nullptr;   // the pointer that points at this timer
  timer_wheel* wheel_ = nullptr;
  std::uint64_t tick_ = 0;   // deadline in ms since the wheel's start, rounded up
};

/// A timer that calls a member function of its owner: `member_timer<session, &session::on_tick> timer_{*this};`
template <class Owner, void (Owner::*Fn)()>
class member_timer final : public timer {
 public:
  explicit member_timer(Owner& o) noexcept : owner_(o) {}
  void fire() override { (owner_.*Fn)(); }

 private:
  Owner& owner_;
};

class timer_wheel {
 public:
  explicit timer_wheel(time_point start) noexcept : start_(start), now_(start) {}
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;
  ~timer_wheel();   // armed timers are unlinked, not fired

  /// (Re-)arms t to fire `after` from now(). Zero or less: at the next advance.
  void arm(timer& t, duration after) noexcept;
  /// The time of the last advance: "now" for everything in this turn.
  time_point now() const noexcept { return now_; }
  /// Fires, in order of deadline, what is due at `now`; handlers may arm and cancel any timer.
  /// Returns how many fired.
  std::size_t advance(time_point now);
  /// When the next timer may be due (never later than it is due); nothing when none is armed.
  std::optional<time_point> next_deadline() const noexcept;
  std::size_t size() const noexcept { return size_; }

 private:
  friend class timer;
  static constexpr int bits = 6, slots = 1 << bits, levels = 7;   // 64^7 ms: more than a century
  std::uint64_t tick_of(time_point t, bool up) const noexcept;
  void place(timer& t) noexcept;
  void unlink(timer& t) noexcept;
  void cascade(std::uint64_t tick) noexcept;
  std::uint64_t next_tick() const noexcept;

  time_point start_, now_;
  std::uint64_t tick_ = 0;   // every timer with a smaller tick has fired
  std::size_t size_ = 0;
  timer* due_ = nullptr;
  std::array<std::uint64_t, levels> used_{};
  std::array<std::array<timer*, slots>, levels> slot_{};
};

}  // namespace jackfield::base
