#include "client/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace jackfield::cl {

std::chrono::milliseconds backoff::next(double draw) noexcept {
  double ms = static_cast<double>(rules_.first.count()) * std::exp2(static_cast<double>(attempts_++));
  if (rules_.jitter > 0 && rules_.jitter <= 1) {
    const double deviation = std::floor(draw * rules_.jitter * ms);
    const bool sooner = static_cast<int>(draw * 10) % 2 == 0;
    ms += sooner ? -deviation : deviation;
  }
  const double most = static_cast<double>(rules_.most.count());
  return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(std::min(ms, most)));
}

}  // namespace jackfield::cl
