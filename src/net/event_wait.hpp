// event_wait: waits for the descriptors of an epoll set, until a time that is exact where the kernel can do that (Linux 5.11).
// By epoll_wait, which counts whole milliseconds, a timer would be late by half of one.
//
// Thread: one at a time.
#pragma once

#include "base/timer_wheel.hpp"

#include <cstddef>
#include <optional>
#include <span>

struct epoll_event;

namespace jackfield::net {

class event_wait {
 public:
  enum class unit : bool { nanosecond, millisecond };
  explicit event_wait(unit u = unit::nanosecond) noexcept : unit_(u) {}

  /// How many of them are ready, written into `ready`. Zero: the time is over, never early, or a signal came.
  /// No time: waits until one of the two. Zero or less: does not wait.
  std::size_t operator()(int set, std::span<epoll_event> ready, std::optional<base::duration> time) noexcept;
  /// The same, but takes nothing: whether one is ready, who is still to be asked.
  static bool some(int set, std::optional<base::duration> time) noexcept;

 private:
  unit unit_;  // a millisecond, too, once the kernel has refused the other
};

}  // namespace jackfield::net
