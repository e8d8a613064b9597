// Numbers: exact integers, shortest doubles, laid out as JavaScript does.
#include "base/json.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace jackfield::base::json {
namespace {

/// A number of JSON text taken apart: ±0.digits × 10^exponent, the digits without zeros at either end.
struct decimal {
  bool negative = false;
  bool zero = true;
  std::string_view whole, fraction;  // as written
  std::int64_t exponent = 0;         // of the written form, held within ±10^15
};

constexpr std::int64_t exponent_bound = 1'000'000'000'000'000;

std::int64_t parse_exponent(std::string_view text) noexcept {
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  std::int64_t e = 0;
  for (const char c : text) {
    e = e * 10 + (c - '0');
    if (e > exponent_bound) e = exponent_bound;
  }
  return negative ? -e : e;
}

decimal take_apart(std::string_view number) noexcept {
  decimal d;
  d.negative = number.front() == '-';
  if (d.negative) number.remove_prefix(1);
  if (const auto e = number.find_first_of("eE"); e != std::string_view::npos) {
    d.exponent = parse_exponent(number.substr(e + 1));
    number = number.substr(0, e);
  }
  const auto dot = number.find('.');
  d.whole = number.substr(0, dot);
  if (dot != std::string_view::npos) d.fraction = number.substr(dot + 1);
  d.zero = number.find_first_not_of("0.") == std::string_view::npos;
  return d;
}

/// The decimal exponent of the first digit that counts: 3 for 1234, -2 for 0.01.
std::int64_t magnitude(const decimal& d) noexcept {
  if (const auto at = d.whole.find_first_not_of('0'); at != std::string_view::npos) {
    return d.exponent + static_cast<std::int64_t>(d.whole.size() - at) - 1;
  }
  return d.exponent - static_cast<std::int64_t>(d.fraction.find_first_not_of('0')) - 1;
}

/// The i-th digit of whole and fraction together; 0 behind them.
unsigned digit_at(const decimal& d, std::size_t i) noexcept {
  if (i < d.whole.size()) return static_cast<unsigned>(d.whole[i] - '0');
  i -= d.whole.size();
  return i < d.fraction.size() ? static_cast<unsigned>(d.fraction[i] - '0') : 0;
}

/// False: not whole, or above 2^64-1.
bool whole_value(const decimal& d, std::uint64_t& out) noexcept {
  out = 0;
  if (d.zero) return true;
  const auto top = magnitude(d);
  if (top < 0 || top > 19) return false;
  const auto written = d.whole.size() + d.fraction.size();
  std::size_t i = 0;
  while (digit_at(d, i) == 0) ++i;
  const auto behind = i + static_cast<std::size_t>(top) + 1;
  for (; i < behind; ++i) {
    if (__builtin_mul_overflow(out, 10u, &out) || __builtin_add_overflow(out, digit_at(d, i), &out)) return false;
  }
  for (; i < written; ++i)
    if (digit_at(d, i) != 0) return false;
  return true;
}

template <class Integer>
bool plain_integer(std::string_view number, Integer& out) noexcept {
  const auto r = std::from_chars(number.data(), number.data() + number.size(), out);
  return r.ec == std::errc() && r.ptr == number.data() + number.size();
}

}  // namespace

bool to_int64(std::string_view number, std::int64_t& out) noexcept {
  if (plain_integer(number, out)) return true;
  const auto d = take_apart(number);
  std::uint64_t u;
  if (!whole_value(d, u)) return false;
  constexpr auto top = std::uint64_t{1} << 63;
  if (u > top || (u == top && !d.negative)) return false;
  out = static_cast<std::int64_t>(d.negative ? 0 - u : u);
  return true;
}

bool to_uint64(std::string_view number, std::uint64_t& out) noexcept {
  if (plain_integer(number, out)) return true;
  const auto d = take_apart(number);
  std::uint64_t u;
  if (!whole_value(d, u) || (d.negative && u != 0)) return false;
  out = u;
  return true;
}

double to_double(std::string_view number) noexcept {
  double d = 0;
  const auto r = std::from_chars(number.data(), number.data() + number.size(), d);
  if (r.ec == std::errc()) return d;
  const auto parts = take_apart(number);  // out of range: too large or too small?
  const double m = !parts.zero && magnitude(parts) > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return parts.negative ? -m : m;
}

namespace {

/// The shortest digits of a finite positive double, and the exponent of the first.
struct shortest {
  std::array<char, 32> text;
  std::string_view digits;
  int exponent;

  explicit shortest(double d) noexcept {
    auto end = std::to_chars(text.data(), text.data() + text.size(), d, std::chars_format::scientific).ptr;
    char* e = end;
    while (*--e != 'e') {
    }
    std::from_chars(e + (e[1] == '+' ? 2 : 1), end, exponent);
    if (e != text.data() + 1) {  // d.ddd: the first digit moves over the point
      text[1] = text[0];
      digits = {text.data() + 1, e};
    } else {
      digits = {text.data(), e};
    }
  }
};

void write_exponent_form(const shortest& s, std::string& out) {
  out += s.digits[0];
  if (s.digits.size() > 1) (out += '.') += s.digits.substr(1);
  out += s.exponent < 0 ? "e-" : "e+";
  write_number(static_cast<std::int64_t>(std::abs(s.exponent)), out);
}

template <class Integer>
void write_integer(Integer i, std::string& out) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, i).ptr);
}

}  // namespace

/// The layout of ECMAScript's Number::toString.
void write_number(double d, std::string& out) {
  if (!std::isfinite(d)) {
    out += "null";
    return;
  }
  if (d == 0) {
    out += '0';
    return;
  }
  if (d < 0) out += '-';
  const shortest s(std::fabs(d));
  const auto count = static_cast<int>(s.digits.size());
  const int point = s.exponent + 1;  // digits in front of the point
  if (point > 21 || point < -5) {
    write_exponent_form(s, out);
  } else if (point <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-point), '0').append(s.digits);
  } else if (count <= point) {
    out.append(s.digits).append(static_cast<std::size_t>(point - count), '0');
  } else {
    const auto at = static_cast<std::size_t>(point);
    out.append(s.digits.substr(0, at)).append(1, '.').append(s.digits.substr(at));
  }
}

void write_number(std::int64_t i, std::string& out) { write_integer(i, out); }
void write_number(std::uint64_t u, std::string& out) { write_integer(u, out); }

}  // namespace jackfield::base::json
