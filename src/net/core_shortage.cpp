#include "net/core_shortage.hpp"

#include <algorithm>

namespace jackfield::net {

core_shortage::verdict core_shortage::look(base::time_point now, std::optional<run_times> times) noexcept {
  const auto passed = now - looked_;
  const auto before = before_;
  before_ = times;
  looked_ = now;
  if (!times || !before || passed > most_between_looks) {
    forget();
    return verdict::unknown;
  }
  seen_.ran = seen_.ran / 2 + (times->ran - before->ran);
  seen_.waited = seen_.waited / 2 + (times->waited - before->waited);
  seen_.all = seen_.all / 2 + passed;
  seen_.looks = std::min(seen_.looks + 1, looks);
  if (seen_.looks < looks) return verdict::unknown;
  const bool busy = 4 * (seen_.ran + seen_.waited) >= seen_.all;
  return busy && 2 * seen_.waited >= seen_.ran ? verdict::yes : verdict::no;
}

}  // namespace jackfield::net
