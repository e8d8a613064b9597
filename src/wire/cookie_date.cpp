#include "wire/cookie_date.hpp"

#include "wire/http_text.hpp"

#include <array>

namespace jackfield::wire {

namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr bool is_delimiter(char c) noexcept {
  const auto u = static_cast<unsigned char>(c);
  return u == 0x09 || (u >= 0x20 && u <= 0x2f) || (u >= 0x3b && u <= 0x40) || (u >= 0x5b && u <= 0x60) ||
         (u >= 0x7b && u <= 0x7e);
}

/// A number of `least` to `most` digits off the front, with no digit behind it. -1: there is none.
int take_number(std::string_view& text, std::size_t least, std::size_t most) noexcept {
  std::size_t n = 0;
  int value = 0;
  for (; n < text.size() && n < most && is_digit(text[n]); ++n) value = value * 10 + (text[n] - '0');
  if (n < least || (n < text.size() && is_digit(text[n]))) return -1;
  text.remove_prefix(n);
  return value;
}

struct parts {
  int hour = -1, minute = -1, second = -1, day = -1, month = -1, year = -1;
};

bool take_time(std::string_view token, parts& p) noexcept {
  const int hour = take_number(token, 1, 2);
  if (hour < 0 || !token.starts_with(':')) return false;
  token.remove_prefix(1);
  const int minute = take_number(token, 1, 2);
  if (minute < 0 || !token.starts_with(':')) return false;
  token.remove_prefix(1);
  const int second = take_number(token, 1, 2);
  if (second < 0) return false;
  p.hour = hour, p.minute = minute, p.second = second;
  return true;
}

int month_of(std::string_view token) noexcept {
  static constexpr std::array<std::string_view, 12> names{"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (token.size() >= 3 && equal_ignoring_case(token.substr(0, 3), names[i])) return static_cast<int>(i) + 1;
  return -1;
}

void take_token(std::string_view token, parts& p) noexcept {
  if (p.hour < 0 && take_time(token, p)) return;
  auto rest = token;
  if (p.day < 0 && (p.day = take_number(rest, 1, 2)) >= 0) return;
  if (p.month < 0 && (p.month = month_of(token)) >= 0) return;
  rest = token;
  if (p.year < 0) p.year = take_number(rest, 2, 4);
}

}  // namespace

std::optional<cookie_time> parse_cookie_date(std::string_view text) noexcept {
  parts p;
  while (!text.empty()) {
    std::size_t end = 0;
    while (end < text.size() && !is_delimiter(text[end])) ++end;
    if (end > 0) take_token(text.substr(0, end), p);
    text.remove_prefix(end < text.size() ? end + 1 : end);
  }
  if (p.year >= 70 && p.year <= 99) p.year += 1900;
  if (p.year >= 0 && p.year <= 69) p.year += 2000;
  if (p.hour < 0 || p.hour > 23 || p.minute > 59 || p.second > 59 || p.month < 1 || p.day < 1 || p.year < 1601)
    return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{year(p.year), month(static_cast<unsigned>(p.month)), day(static_cast<unsigned>(p.day))};
  if (!date.ok()) return std::nullopt;
  return sys_days(date) + hours(p.hour) + minutes(p.minute) + seconds(p.second);
}

}  // namespace jackfield::wire
