// arrivals: when messages are meant to be sent, whatever the server does (an open loop). A latency is counted from the moment
// meant, so that a server (or a generator) that stalls does not hide the messages that had to wait (coordinated omission).
// Pure: no clock. One owner, one thread.
#pragma once

#include "clock.hpp"

#include <cstdint>
#include <random>

namespace jackfield::bench {

enum class spacing : std::uint8_t {
  even,     // one every 1 / rate
  poisson,  // as many independent users would: exponential gaps with that mean
};

class arrivals {
 public:
  /// REQUIRES: per_second > 0. The first one is at `begin`, or a random gap behind it.
  arrivals(nanos begin, double per_second, spacing s, std::uint64_t seed);

  /// The moment meant for the next one.
  nanos next() const noexcept { return next_; }
  /// Takes the next one.
  nanos take() noexcept;

 private:
  nanos begin_;
  nanos next_;
  double gap_;         // in nanoseconds
  double behind_ = 0;  // of the next one, from begin_: summed as a fraction, so that a rate does not drift
  std::uint64_t number_ = 0;
  spacing spacing_;
  std::mt19937_64 random_;
};

}  // namespace jackfield::bench
