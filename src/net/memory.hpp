// memory: what the process holds, what the machine has, and the way back: freed memory that the C library keeps is given to the
// system when it stayed unused for a while (a spike is over). Of the process: all workers share it. Any thread.
// Cost: look_after() is one clock comparison in most turns; a look at the heap takes microseconds, a give-back as long as the
// system needs to unmap, a millisecond for tens of megabytes.
#pragma once

#include "base/timer_wheel.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace jackfield::net {

/// Of this process, as the system counts it; 0: it does not say.
std::size_t resident_bytes() noexcept;
/// What this process may use: the memory of the machine, or less where its control group has a limit; 0: unknown.
std::size_t available_bytes() noexcept;

/// Free memory goes back when at least this much, and half of what is in use, lay free at two looks in a row.
struct give_back_rule {
  std::size_t at_least = 8u << 20;
  base::duration between_looks = std::chrono::seconds(1);
};

/// True: it is time, and the caller is the one to look. At most one caller per interval gets it.
bool time_to_look(base::time_point now, const give_back_rule& rule = {}) noexcept;
/// Looks at the heap, and gives back by the rule. True: much lies free; look again, it may go then.
bool look_at_heap(const give_back_rule& rule = {}) noexcept;

/// Whether a process has more than it may, asked as often as anybody likes: the system is asked ten times a second.
class memory_limit {
 public:
  /// 0: nine tenths of available_bytes(); the largest value: no limit.
  explicit memory_limit(std::size_t most_bytes) noexcept;
  bool reached(base::time_point now) noexcept;
  std::size_t most_bytes() const noexcept { return most_; }

 private:
  std::size_t most_;
  std::optional<base::time_point> asked_;
  base::time_point trimmed_{};
  bool reached_ = false;
};

}  // namespace jackfield::net
