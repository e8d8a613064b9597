// pacing: when a worker pauses before its next turn, to let work gather, as a network card holds back interrupts
// (docs/decisions/0014). Only where a crowd is served in short turns and the thread has to wait for a core: then whoever has the
// core meanwhile makes more work for the next turn, which spares a switch, a wait, and a write for each client. A client who is
// alone, or a machine with a core to spare, never waits for it.
//
// Thread: the worker's. No clock of its own.
#pragma once

#include "base/timer_wheel.hpp"
#include "net/thread_times.hpp"

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace jackfield::net {

class pacing {
 public:
  /// How long to let work gather. The kernel adds its timer slack, 50 µs unless told otherwise.
  static constexpr std::chrono::microseconds pause{50};
  /// A crowd: somebody was served that often within this time, and they have so many faces, of which there are 64: about twenty
  /// clients.
  static constexpr std::size_t crowd = 64;
  static constexpr int faces = 16;
  static constexpr std::chrono::microseconds crowd_time{3200};
  /// A longer turn has let work gather already.
  static constexpr std::chrono::microseconds long_turn{1000};
  /// How often the thread's times are looked at while there is a crowd.
  static constexpr std::chrono::milliseconds between_looks{5};

  /// Something came from it in this turn, or goes to it.
  void served(const void* whom) noexcept {
    faces_ |= std::uint64_t{1} << face(whom);
    ++served_;
  }

  /// A turn that did something began and is over; `times()` asks a thread_times. True: let work gather.
  template <class Times>
  bool turn_over(base::time_point began, base::time_point over, Times&& times) {
    if (!crowded(began) || over - began > long_turn) return false;
    if (over - looked_ >= between_looks) look(over, times());
    return short_of_cores_;
  }

 private:
  /// Mixed twice: what lies in memory at equal distances has few faces otherwise.
  static unsigned face(const void* whom) noexcept {
    std::uint64_t x = reinterpret_cast<std::uintptr_t>(whom) * mix;
    x ^= x >> 32;
    return static_cast<unsigned>((x * mix) >> 58);
  }
  static constexpr std::uint64_t mix = 0x9E3779B97F4A7C15;
  bool crowded(base::time_point began) noexcept;
  void look(base::time_point now, std::optional<run_times> times) noexcept;

  std::uint64_t faces_ = 0;
  std::size_t served_ = 0;
  base::time_point since_{}, looked_{};
  std::optional<run_times> before_;
  bool crowded_ = false, short_of_cores_ = false;
};

}  // namespace jackfield::net
