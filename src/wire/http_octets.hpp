// http_octets: which bytes may stand where in HTTP/1.1 (RFC 9110 §5, RFC 9112). Pure; 8 bytes a step where it pays.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace jackfield::wire {

constexpr bool is_control(char c) noexcept {
  const auto u = static_cast<unsigned char>(c);
  return (u < 0x20 && u != '\t') || u == 0x7f;
}

/// True: some byte is a control character other than TAB (NUL, CR, LF, DEL, …).
inline bool has_control(std::string_view text) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    const std::uint64_t del = word ^ (ones * 0x7f);
    const std::uint64_t suspects = ((word - ones * 0x20) & ~word) | ((del - ones) & ~del);
    if ((suspects & high) == 0) continue;
    for (std::size_t k = i; k < i + 8; ++k) {
      if (is_control(text[k])) return true;
    }
  }
  for (; i < text.size(); ++i) {
    if (is_control(text[i])) return true;
  }
  return false;
}

/// True: visible ASCII only, at least one.
inline bool is_visible(std::string_view text) noexcept {
  for (const char c : text) {
    if (c < 0x21 || c > 0x7e) return false;
  }
  return !text.empty();
}

}  // namespace jackfield::wire
