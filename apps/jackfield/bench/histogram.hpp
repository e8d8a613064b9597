// histogram: how long things took, counted in buckets whose width grows with the value, so that three significant digits are
// kept from a nanosecond to an hour (the idea of HdrHistogram). Values below 2,048 ns have a bucket each; above, each power of
// two is cut into 1,024. One owner, one thread. 270 KiB; record() is a bit scan and an increment.
#pragma once

#include "clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace jackfield::bench {

class histogram {
 public:
  /// What is more counts as this much, and in clamped().
  static constexpr nanos highest = (nanos{1} << 42) - 1;  // 73 minutes

  histogram();

  /// Less than nothing counts as nothing.
  void record(nanos value, std::uint64_t times = 1) noexcept;
  void add(const histogram& other) noexcept;
  void clear() noexcept;

  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t clamped() const noexcept { return clamped_; }
  nanos min() const noexcept { return count_ ? min_ : 0; }
  nanos max() const noexcept { return max_; }
  double mean() const noexcept { return count_ ? sum_ / static_cast<double>(count_) : 0; }
  /// The value that `share` of all (0 to 1) do not exceed; at most 0.1 % too high, never more than max(). 0 when there are none.
  nanos percentile(double share) const noexcept;

  struct bucket {
    nanos upto;  // the highest value that falls into it
    std::uint64_t count;
  };
  /// Those that hold something, from low to high.
  std::vector<bucket> buckets() const;

 private:
  static constexpr int exact_bits = 11, half_bits = exact_bits - 1, powers = 42 - exact_bits;
  static constexpr std::size_t size = (std::size_t{1} << exact_bits) + (std::size_t{powers} << half_bits);

  static std::size_t index_of(std::uint64_t value) noexcept;
  static nanos highest_in(std::size_t index) noexcept;

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0, clamped_ = 0;
  nanos min_ = highest, max_ = 0;
  double sum_ = 0;
};

}  // namespace jackfield::bench
