#include "base/iso_date.hpp"

#include <chrono>
#include <cstdio>

namespace jackfield::base {
namespace {

// std::chrono::year ends at ±32767, JavaScript's dates do not: 400 years are so many days, and all alike.
constexpr std::int64_t era_days = 146'097, era_years = 400;
constexpr std::int64_t day_ms = 86'400'000;

std::int64_t floor_divided(std::int64_t a, std::int64_t by) noexcept { return a / by - (a % by < 0 ? 1 : 0); }

/// Takes what it reads from the front.
class reader {
 public:
  explicit reader(std::string_view text) noexcept : rest_(text) {}
  bool at_end() const noexcept { return rest_.empty(); }

  bool take(char c) noexcept {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool sign(bool& negative) noexcept {
    negative = take('-');
    return negative || take('+');
  }
  bool digits(std::size_t n, std::int64_t most, std::int64_t& out) noexcept {
    if (rest_.size() < n) return false;
    out = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return false;
      out = out * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(n);
    return out <= most;
  }
  /// Digits behind a point, as milliseconds.
  bool fraction(std::int64_t& ms) noexcept {
    std::size_t n = 0;
    for (std::int64_t unit = 100; n < rest_.size() && rest_[n] >= '0' && rest_[n] <= '9'; ++n, unit /= 10)
      ms += (rest_[n] - '0') * unit;
    rest_.remove_prefix(n);
    return n > 0;
  }

 private:
  std::string_view rest_;
};

/// Days since 1970.
bool read_date(reader& r, std::int64_t& days) noexcept {
  bool negative = false;
  std::int64_t year = 0, month = 0, day = 0;
  const bool wide = r.sign(negative);
  if (!r.digits(wide ? 6 : 4, 999'999, year) || !r.take('-') || !r.digits(2, 12, month) || !r.take('-') || !r.digits(2, 31, day))
    return false;
  if (negative && year == 0) return false;
  if (negative) year = -year;
  const auto eras = floor_divided(year, era_years);
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year - eras * era_years)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return false;
  days = std::chrono::sys_days(date).time_since_epoch().count() + eras * era_days;
  return true;
}

/// Behind the T: the time of day, less its distance from UTC.
bool read_time(reader& r, std::int64_t& ms) noexcept {
  std::int64_t hours = 0, minutes = 0, seconds = 0, fraction = 0;
  if (!r.digits(2, 24, hours) || !r.take(':') || !r.digits(2, 59, minutes)) return false;
  if (r.take(':')) {
    if (!r.digits(2, 59, seconds) || (r.take('.') && !r.fraction(fraction))) return false;
  }
  ms = ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction;
  if (ms > day_ms) return false;  // 24:00:00 is the end of the day
  if (r.take('Z')) return true;
  bool west = false;
  if (!r.sign(west) || !r.digits(2, 23, hours) || !r.take(':') || !r.digits(2, 59, minutes)) return false;
  ms += (west ? 1 : -1) * (hours * 60 + minutes) * 60'000;
  return true;
}

}  // namespace

bool write_iso_date(std::int64_t ms, std::string& out) {
  if (ms < -date_range_ms || ms > date_range_ms) return false;
  const auto day = floor_divided(ms, day_ms), eras = floor_divided(day, era_days);
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day - eras * era_days))};
  const std::chrono::hh_mm_ss time(std::chrono::milliseconds(ms - day * day_ms));
  const std::int64_t year = static_cast<int>(date.year()) + eras * era_years;
  char text[40];
  int n = year < 0 || year > 9999 ? std::snprintf(text, sizeof text, "%+07lld", static_cast<long long>(year))
                                  : std::snprintf(text, sizeof text, "%04lld", static_cast<long long>(year));
  out.append(text, static_cast<std::size_t>(n));
  n = std::snprintf(text, sizeof text, "-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<unsigned>(date.month()),
                    static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                    static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                    static_cast<int>(time.subseconds().count()));
  out.append(text, static_cast<std::size_t>(n));
  return true;
}

bool parse_iso_date(std::string_view text, std::int64_t& ms) noexcept {
  reader r(text);
  std::int64_t days = 0, time = 0;
  if (!read_date(r, days)) return false;
  if (r.take('T') && !read_time(r, time)) return false;
  if (!r.at_end()) return false;
  ms = days * day_ms + time;
  return ms >= -date_range_ms && ms <= date_range_ms;
}

}  // namespace jackfield::base
