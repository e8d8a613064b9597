// http_text: which bytes may stand where in HTTP/1.1 (RFC 9110 §5, RFC 9112). Pure, linear; 8 bytes a step where it pays.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

namespace jackfield::wire {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// ASCII case ignored.
constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

namespace detail {

constexpr std::array<bool, 256> token_table() {
  std::array<bool, 256> table{};
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 32] = true;
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}

inline constexpr auto token_characters = token_table();

}  // namespace detail

constexpr bool token_char(char c) noexcept { return detail::token_characters[static_cast<unsigned char>(c)]; }
/// One token, not empty: a method, a header's name, an element of many lists.
constexpr bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), token_char);
}

/// TAB, printable ASCII, and bytes above it: what may stand in a header's value.
constexpr bool value_char(char c) noexcept { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

namespace detail {

inline constexpr std::uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;

/// Whether good(byte) holds of all. Words of eight in which suspects(word) sets no top bit are good, the others are looked at.
template <class Suspects, class Good>
bool all_bytes(std::string_view text, Suspects suspects, Good good) noexcept {
  const char* const begin = text.data();
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, begin + i, 8);
    if ((suspects(word) & high) != 0 && !std::all_of(begin + i, begin + i + 8, good)) return false;
  }
  return std::all_of(begin + i, begin + text.size(), good);
}

}  // namespace detail

/// Nothing but what may stand in a header's value: no NUL, CR, LF, DEL …
inline bool header_value(std::string_view text) noexcept {
  using detail::ones;
  const auto suspects = [](std::uint64_t word) noexcept {
    const std::uint64_t del = word ^ (ones * 0x7f);
    return ((word - ones * 0x20) & ~word) | ((del - ones) & ~del);  // borrows make a few too many
  };
  return detail::all_bytes(text, suspects, value_char);
}

constexpr bool visible_char(char c) noexcept { return c >= 0x21 && c <= 0x7e; }

/// Visible ASCII only, at least one.
inline bool is_visible(std::string_view text) noexcept {
  using detail::ones;
  const auto suspects = [](std::uint64_t word) noexcept {
    return word | (word - ones * 0x21) | (word + ones);  // carries make a few too many
  };
  return !text.empty() && detail::all_bytes(text, suspects, visible_char);
}

/// For lines that the application sets: throws std::invalid_argument when they could break out of the line.
inline void check_header(std::string_view name, std::string_view value) {
  if (!is_token(name)) throw std::invalid_argument("not a header name: " + std::string(name));
  if (!header_value(value)) throw std::invalid_argument("the value of header " + std::string(name) + " has a control character");
}

}  // namespace jackfield::wire
