#include "net/pacing.hpp"

namespace jackfield::net {

bool pacing::crowded(base::time_point began) noexcept {
  if (began - since_ > crowd_time) {  // so few in all this time
    crowded_ = false;
  } else if (served_ < crowd) {
    return crowded_;
  } else {
    crowded_ = std::popcount(faces_) >= faces;
  }
  since_ = began;
  served_ = 0;
  faces_ = 0;
  return crowded_;
}

// Short of cores: a millisecond of waiting for two of running, or more.
void pacing::look(base::time_point now, std::optional<run_times> times) noexcept {
  const bool comparable = times && before_ && now - looked_ < 4 * between_looks;  // else it says something about a time long past
  short_of_cores_ = comparable && 2 * (times->waited - before_->waited) >= times->ran - before_->ran && times->ran > before_->ran;
  before_ = times;
  looked_ = now;
}

}  // namespace jackfield::net
