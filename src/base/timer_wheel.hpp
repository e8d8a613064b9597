// timer_wheel: many timers, armed and cancelled in constant time, with time passed in from outside.
// It never reads a clock: its owner calls advance(now) and asks next_deadline() how long it may sleep.
// One owner thread. A timer is a member of what it serves; destroying an armed timer cancels it.
// Resolution 1 ms: a timer never fires early and fires at the first advance at or after its deadline,
// rounded up to whole milliseconds since the wheel's start.
//
// Seven levels of 64 slots. A timer stands on the level of the highest 6-bit digit in which its tick and the
// wheel's differ, in the slot of that digit, so a slot's timers are later than all of the levels below it:
// the next event is the first used slot of the lowest used level, found with one bit scan per level, and
// a gap of any length is skipped at once. A timer moves down at most six times in its life.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace jackfield::base {

using clock = std::chrono::steady_clock;  // the type only; pure code never calls now()
using time_point = clock::time_point;
using duration = clock::duration;

class timer_wheel;

/// A place in one of the wheel's circular lists: a timer, or the list's head.
struct timer_link {
  timer_link* next_ = nullptr;  // not to be in the way of names in what derives from a timer
  timer_link* prev_ = nullptr;
};

/// What fires. Derive, or use member_timer below. 40 bytes.
class timer : private timer_link {
 public:
  timer() noexcept = default;
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  virtual void fire() = 0;
  bool armed() const noexcept { return wheel_ != nullptr; }
  void cancel() noexcept;

 protected:
  virtual ~timer() { cancel(); }

 private:
  friend class timer_wheel;
  timer_wheel* wheel_ = nullptr;
  std::uint64_t tick_ = 0;  // deadline in ms since the wheel's start, rounded up
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
  explicit timer_wheel(time_point start) noexcept;
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;
  ~timer_wheel();  // armed timers are unlinked, not fired

  /// (Re-)arms t to fire `after` from now(). Zero or less: at the next advance. At most 100 years.
  void arm(timer& t, duration after) noexcept;
  /// The same, but counted from the beginning of the running millisecond, less than one before now(): for what follows upon a
  /// timer that fired, so that a chain of them is not late by one more each time.
  void arm_from_tick(timer& t, duration after) noexcept;
  /// The time of the last advance: "now" for everything in this turn.
  time_point now() const noexcept { return now_; }
  /// Time has passed, but nothing fires yet: what is armed from here on counts from `now`.
  void observe(time_point now) noexcept {
    if (now > now_) now_ = now;
  }
  /// Fires, in order of deadline (equal ones: in order of arming), what is due at `now`; handlers may arm, cancel and
  /// destroy any timer. Returns how many fired. A `now` that lies back counts as no time passed. Not to be called from
  /// a handler. What a handler throws passes through; the rest fires at the next advance.
  std::size_t advance(time_point now);
  /// When the next timer may be due: exact within 64 ms, never later than it is due; nothing when none is armed.
  std::optional<time_point> next_deadline() const noexcept;
  std::size_t size() const noexcept { return size_; }

 private:
  friend class timer;
  static constexpr std::size_t bits = 6, slots = 1 << bits, levels = 7;  // 64^7 ms: more than a century
  struct event {
    std::uint64_t tick;  // a timer is due (level 0), or a slot begins (others)
    std::size_t level;
  };
  std::optional<event> next_event() const noexcept;
  void arm_at(timer& t, duration since_start, duration after) noexcept;
  void place(timer& t) noexcept;
  void cascade(event e) noexcept;
  void unlink(timer& t) noexcept;
  std::size_t fire_pending();
  timer_link& slot(std::size_t level, std::uint64_t tick) noexcept;

  time_point start_, now_;
  std::uint64_t tick_ = 0;  // of the last event or advance; timers in slots are later
  std::size_t size_ = 0;
  timer_link due_;                            // armed with no delay: for the next advance
  timer_link firing_;                         // taken out of their slot, to be fired in this advance
  std::array<std::uint64_t, levels> used_{};  // a bit per slot that holds timers
  std::array<timer_link, levels * slots> slot_;
};

}  // namespace jackfield::base
