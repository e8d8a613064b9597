// http_text: small rules about the characters of HTTP (RFC 9110 §5). Pure.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

namespace jackfield::wire {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// ASCII case ignored.
constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

constexpr bool token_char(char c) noexcept {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
/// TAB, printable ASCII, and bytes above it: what may stand in a header's value.
constexpr bool value_char(char c) noexcept { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

constexpr bool header_name(std::string_view name) noexcept { return !name.empty() && std::all_of(name.begin(), name.end(), token_char); }
constexpr bool header_value(std::string_view value) noexcept { return std::all_of(value.begin(), value.end(), value_char); }

/// For lines that the application sets: throws std::invalid_argument when they could break out of the line.
inline void check_header(std::string_view name, std::string_view value) {
  if (!header_name(name)) throw std::invalid_argument("not a header name: " + std::string(name));
  if (!header_value(value)) throw std::invalid_argument("the value of header " + std::string(name) + " has a control character");
}

}  // namespace jackfield::wire
