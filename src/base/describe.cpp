#include "base/iso_date.hpp"

#include <jackfield/describe.hpp>

namespace jackfield::detail {
namespace {

std::string_view noun(value::kind k) noexcept {
  switch (k) {
    case value::kind::null: return "null";
    case value::kind::boolean: return "a boolean";
    case value::kind::integer:
    case value::kind::unsigned_integer:
    case value::kind::real: return "a number";
    case value::kind::string: return "a string";
    case value::kind::binary: return "binary";
    case value::kind::array: return "an array";
    case value::kind::object: return "an object";
  }
  return "something else";
}

}  // namespace

bool misfit::expected(std::string_view what, const value& instead) {
  std::string t = "expected ";
  t.append(what).append(", not ").append(noun(instead.type()));
  if (auto* a = instead.if_array()) t.append(" of ").append(std::to_string(a->size()));
  return says(std::move(t));
}

bool misfit::says(std::string what) {
  text = std::move(what);
  return false;
}

bool misfit::missing() { return says("is missing"); }

bool misfit::inside(std::string_view member) {
  const bool dot = !path.empty() && path[0] != '[';
  path.insert(0, std::string(member) + (dot ? "." : ""));
  return false;
}

bool misfit::inside(std::size_t index) {
  const bool dot = !path.empty() && path[0] != '[';
  path.insert(0, "[" + std::to_string(index) + (dot ? "]." : "]"));
  return false;
}

std::string misfit::message() const {
  if (path.empty()) return text;
  return path + (text.starts_with("is ") ? " " : ": ") + text;
}

std::string misfit::message(std::size_t argument) const {
  const std::string_view between = path.empty() ? ": " : path[0] == '[' ? "" : ".";
  return ("argument " + std::to_string(argument + 1)).append(between) + message();
}

bool read_date(const value& v, std::int64_t& ms) noexcept {
  if (const auto* s = v.if_string()) return base::parse_iso_date(*s, ms);
  return v.is_number() && read_integer(v, ms) && ms >= -base::date_range_ms && ms <= base::date_range_ms;
}

value date_value(std::int64_t ms) {
  std::string text;
  return base::write_iso_date(ms, text) ? value(std::move(text)) : value();
}

bool read_integer(const value& v, std::int64_t& out) noexcept {
  if (auto* i = v.if_integer()) {
    out = *i;
    return true;
  }
  const auto* d = v.if_real();
  if (!d || !(*d >= -0x1p63 && *d < 0x1p63) || std::trunc(*d) != *d) return false;
  out = static_cast<std::int64_t>(*d);
  return true;
}

bool read_integer(const value& v, std::uint64_t& out) noexcept {
  if (auto* u = v.if_unsigned()) {
    out = *u;
    return true;
  }
  if (auto* i = v.if_integer()) {
    out = static_cast<std::uint64_t>(*i);
    return *i >= 0;
  }
  const auto* d = v.if_real();
  if (!d || !(*d >= 0 && *d < 0x1p64) || std::trunc(*d) != *d) return false;
  out = static_cast<std::uint64_t>(*d);
  return true;
}

}  // namespace jackfield::detail
