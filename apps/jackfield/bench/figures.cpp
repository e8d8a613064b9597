// Numbers as people read them.
#include "report.hpp"

#include <cmath>
#include <cstdio>
#include <ctime>

namespace jackfield::bench {

namespace {

std::string printed(const char* form, double v) {
  char text[48];
  std::snprintf(text, sizeof text, form, v);
  return text;
}

}  // namespace

std::string figure(std::uint64_t v) {
  std::string digits = std::to_string(v);
  for (auto at = static_cast<long>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string figure(double v) {
  if (!std::isfinite(v)) return "-";
  if (v < 0) return "-" + figure(-v);
  if (v >= 999.5) return figure(static_cast<std::uint64_t>(std::llround(v)));
  if (v >= 99.95) return printed("%.0f", v);
  if (v >= 9.995) return printed("%.1f", v);
  if (v >= 0.995 || v == 0) return printed("%.2f", v);
  return printed("%.3g", v);
}

std::string duration_text(nanos n) {
  const auto v = static_cast<double>(n);
  if (n < microsecond) return figure(v) + " ns";
  if (n < millisecond) return figure(v / 1e3) + " us";
  if (n < second) return figure(v / 1e6) + " ms";
  return figure(v / 1e9) + " s";
}

std::string bytes_text(double bytes) {
  if (bytes < 1024) return figure(bytes) + " B";
  if (bytes < 1024 * 1024) return figure(bytes / 1024) + " KiB";
  if (bytes < 1024.0 * 1024 * 1024) return figure(bytes / (1024 * 1024)) + " MiB";
  return figure(bytes / (1024.0 * 1024 * 1024)) + " GiB";
}

std::string iso_time(std::int64_t seconds) {
  const std::time_t t = seconds;
  std::tm utc{};
  ::gmtime_r(&t, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

}  // namespace jackfield::bench
