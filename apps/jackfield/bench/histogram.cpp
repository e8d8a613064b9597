#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace jackfield::bench {

histogram::histogram() : counts_(size) {}

std::size_t histogram::index_of(std::uint64_t value) noexcept {
  const int power = static_cast<int>(std::bit_width(value)) - exact_bits;  // how many low bits are dropped
  if (power <= 0) return value;
  const auto digits = value >> power;  // half_bits + 1 of them, the first one set
  return (static_cast<std::size_t>(power) << half_bits) + digits;
}

nanos histogram::highest_in(std::size_t index) noexcept {
  if (index < (std::size_t{1} << exact_bits)) return static_cast<nanos>(index);
  const auto power = (index >> half_bits) - 1;
  const auto digits = index - (power << half_bits);
  return static_cast<nanos>(((digits + 1) << power) - 1);
}

void histogram::record(nanos value, std::uint64_t times) noexcept {
  if (value > highest) {
    clamped_ += times;
    value = highest;
  }
  value = std::max<nanos>(value, 0);
  counts_[index_of(static_cast<std::uint64_t>(value))] += times;
  count_ += times;
  sum_ += static_cast<double>(value) * static_cast<double>(times);
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

void histogram::add(const histogram& other) noexcept {
  for (std::size_t i = 0; i < size; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  clamped_ += other.clamped_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void histogram::clear() noexcept {
  std::fill(counts_.begin(), counts_.end(), 0);
  count_ = clamped_ = 0;
  sum_ = 0;
  min_ = highest;
  max_ = 0;
}

nanos histogram::percentile(double share) const noexcept {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_) - 1e-9);
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < size; ++i) {
    seen += counts_[i];
    if (seen >= rank) return std::min(highest_in(i), max_);
  }
  return max_;
}

std::vector<histogram::bucket> histogram::buckets() const {
  std::vector<bucket> out;
  for (std::size_t i = 0; i < size; ++i)
    if (counts_[i]) out.push_back({highest_in(i), counts_[i]});
  return out;
}

}  // namespace jackfield::bench
