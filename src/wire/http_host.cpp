#include "wire/http_host.hpp"

#include <algorithm>

namespace jackfield::wire {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_unreserved(char c) noexcept { return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~'; }
bool is_sub_delimiter(char c) noexcept { return std::string_view("!$&'()*+,;=").find(c) != std::string_view::npos; }

bool good_port(std::string_view text) noexcept {
  if (!std::all_of(text.begin(), text.end(), is_digit)) return false;
  while (text.starts_with('0')) text.remove_prefix(1);
  return text.size() < 5 || (text.size() == 5 && text <= "65535");
}

bool good_name(std::string_view name) noexcept {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (is_unreserved(name[i]) || is_sub_delimiter(name[i])) continue;
    if (name[i] != '%' || i + 2 >= name.size() || !is_hex(name[i + 1]) || !is_hex(name[i + 2])) return false;
    i += 2;
  }
  return !name.empty();
}

/// Between the brackets: an IPv6 address by its letters (nobody connects to it), or a later version of IP.
bool good_literal(std::string_view text) noexcept {
  if (text.starts_with('v') || text.starts_with('V')) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || dot < 2 || dot + 1 == text.size()) return false;
    const auto tail = text.substr(dot + 1);
    return std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(dot), is_hex) &&
           std::all_of(tail.begin(), tail.end(), [](char c) { return is_unreserved(c) || is_sub_delimiter(c) || c == ':'; });
  }
  return text.size() >= 2 && text.find(':') != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

}  // namespace

bool valid_host(std::string_view value) noexcept {
  if (value.starts_with('[')) {
    const auto end = value.find(']');
    if (end == std::string_view::npos || !good_literal(value.substr(1, end - 1))) return false;
    const auto rest = value.substr(end + 1);
    return rest.empty() || (rest.front() == ':' && good_port(rest.substr(1)));
  }
  const auto colon = value.find(':');
  return good_name(value.substr(0, colon)) && (colon == std::string_view::npos || good_port(value.substr(colon + 1)));
}

}  // namespace jackfield::wire
