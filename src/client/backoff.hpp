// backoff: how long to wait before the next attempt to connect (protocol.md 5.4): doubled each time, moved by one random draw
// that decides size and sign, cut at the most afterwards. Pure, any thread.
#pragma once

#include "base/timer_wheel.hpp"

#include <chrono>
#include <cstdint>

namespace jackfield::cl {

class backoff {
 public:
  struct rules {
    std::chrono::milliseconds first{1000};
    std::chrono::milliseconds most{5000};
    double jitter = 0.5;  // outside of (0, 1]: none
  };
  explicit backoff(const rules& r) noexcept : rules_(r) {}

  /// Counts an attempt. `draw`: uniform in [0, 1).
  std::chrono::milliseconds next(double draw) noexcept;
  std::uint32_t attempts() const noexcept { return attempts_; }
  void reset() noexcept { attempts_ = 0; }

 private:
  rules rules_;
  std::uint32_t attempts_ = 0;
};

}  // namespace jackfield::cl
