// Time of the load generator: nanoseconds of the steady clock. Any thread; a read costs some 25 ns.
#pragma once

#include <chrono>
#include <cstdint>

namespace jackfield::bench {

using nanos = std::int64_t;

inline constexpr nanos microsecond = 1'000, millisecond = 1'000'000, second = 1'000'000'000;

inline nanos now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Half-way rounding is of no interest here: a fraction of a nanosecond.
inline nanos to_nanos(double seconds) noexcept { return static_cast<nanos>(seconds * 1e9); }
inline double to_seconds(nanos n) noexcept { return static_cast<double>(n) * 1e-9; }

}  // namespace jackfield::bench
