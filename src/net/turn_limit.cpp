#include "net/turn_limit.hpp"

#include <algorithm>

namespace jackfield::net {

bool turn_limit::report(bool short_of_cores, base::time_point now, std::uint64_t work) noexcept {
  if (!limits()) return unlimited(short_of_cores, now, work);
  if (!settled_) {
    if (now - marked_ < settle) return false;
    settled_ = true;
    mark(now, work);
  }
  if (now - marked_ < measure) return false;
  if (!judged_) {
    if (rate(now, work) < enough_work * rate_before_) return now - marked_ >= 3 * measure && rest(now);
    judged_ = true;
    rest_ = first_rest;
  }
  if (short_of_cores && at_once_ > 1) {
    one_less(now, work);
    return true;
  }
  if (now - limited_ < trial_) return false;
  trial_ = std::min<base::duration>(2 * trial_, longest_trial);
  return lift(now);
}

bool turn_limit::unlimited(bool short_of_cores, base::time_point now, std::uint64_t work) noexcept {
  if (!short_of_cores || now < rests_until_ || workers_ < 2) return false;
  if (now - marked_ > 3 * measure) mark(now, work);  // the first sign, or again one
  if (now - marked_ < measure) return false;
  if (now - std::max(lifted_, rests_until_) > calm) trial_ = first_trial;
  limited_ = now;
  one_less(now, work);
  return true;
}

void turn_limit::mark(base::time_point now, std::uint64_t work) noexcept {
  marked_ = now;
  work_then_ = work;
}

double turn_limit::rate(base::time_point now, std::uint64_t work) const noexcept {
  return static_cast<double>(work - work_then_) / static_cast<double>((now - marked_).count());
}

void turn_limit::one_less(base::time_point now, std::uint64_t work) noexcept {
  rate_before_ = rate(now, work);
  settled_ = judged_ = false;
  --at_once_;
  mark(now, work);
}

bool turn_limit::lift(base::time_point now) noexcept {
  at_once_ = workers_;
  lifted_ = now;
  marked_ = {};
  return true;
}

bool turn_limit::rest(base::time_point now) noexcept {
  rests_until_ = now + rest_;
  rest_ = std::min<base::duration>(2 * rest_, longest_rest);
  return lift(now);
}

bool turn_limit::stuck(base::time_point now) noexcept { return limits() && rest(now); }

}  // namespace jackfield::net
