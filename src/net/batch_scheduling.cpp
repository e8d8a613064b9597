#include "net/batch_scheduling.hpp"

#include <sched.h>

namespace jackfield::net {

batch_scheduling::batch_scheduling() noexcept : may_(::sched_getscheduler(0) == SCHED_OTHER) {}

void batch_scheduling::change(bool on) noexcept {
  const sched_param none{};
  if (::sched_setscheduler(0, on ? SCHED_BATCH : SCHED_OTHER, &none) == 0)
    on_ = on;
  else
    may_ = false;
}

}  // namespace jackfield::net
