#include "arrivals.hpp"

namespace jackfield::bench {

namespace {

double gap_of(std::mt19937_64& random, double mean) { return std::exponential_distribution<double>(1.0 / mean)(random); }

}  // namespace

arrivals::arrivals(nanos begin, double per_second, spacing s, std::uint64_t seed)
    : begin_(begin), next_(begin), gap_(1e9 / per_second), spacing_(s), random_(seed) {
  if (spacing_ == spacing::poisson) behind_ = gap_of(random_, gap_);
  next_ = begin_ + static_cast<nanos>(behind_);
}

nanos arrivals::take() noexcept {
  const nanos taken = next_;
  ++number_;
  if (spacing_ == spacing::even)
    behind_ = static_cast<double>(number_) * gap_;
  else
    behind_ += gap_of(random_, gap_);
  next_ = begin_ + static_cast<nanos>(behind_);
  return taken;
}

}  // namespace jackfield::bench
