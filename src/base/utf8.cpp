#include "base/utf8.hpp"

#include <cstring>

namespace jackfield::base {
namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080u;

std::uint64_t load(const char* p) noexcept {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

/// Nothing but ASCII, as most texts are. The last word may overlap the one before.
bool is_ascii(std::string_view text) noexcept {
  const char* const begin = text.data();
  const auto n = text.size();
  if (n < 8) {
    unsigned seen = 0;
    for (const char c : text) seen |= static_cast<unsigned char>(c);
    return seen < 0x80;
  }
  std::size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    const auto seen = load(begin + i) | load(begin + i + 8) | load(begin + i + 16) | load(begin + i + 24);
    if ((seen & high_bits) != 0) return false;
  }
  std::uint64_t seen = load(begin + n - 8);
  for (; i + 8 <= n; i += 8) seen |= load(begin + i);
  return (seen & high_bits) == 0;
}

/// What a lead byte asks of the bytes behind it; false: it leads nothing.
bool start(utf8_state& s, std::uint8_t lead) noexcept {
  if (lead < 0xC2 || lead > 0xF4) return false;
  s.missing = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  s.low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  s.high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  return true;
}

bool continues(utf8_state& s, std::uint8_t byte) noexcept {
  if (byte < s.low || byte > s.high) return false;
  --s.missing;
  s.low = 0x80;
  s.high = 0xBF;
  return true;
}

}  // namespace

std::size_t ascii_prefix(std::string_view text) noexcept {
  const char* const begin = text.data();
  std::size_t i = 0;
  while (text.size() - i >= 16 && !((load(begin + i) | load(begin + i + 8)) & high_bits)) i += 16;
  if (text.size() - i >= 8 && !(load(begin + i) & high_bits)) i += 8;
  while (i < text.size() && static_cast<signed char>(begin[i]) >= 0) ++i;
  return i;
}

utf8_sequence first_sequence(std::string_view text) noexcept {
  using kind = utf8_sequence::kind;
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return {1, kind::character};
  utf8_state s;
  if (!start(s, lead)) return {1, kind::wrong};
  if (lead == 0xED) s.high = 0xBF;
  const std::size_t size = 1u + s.missing;
  for (std::size_t i = 1; i < size; ++i) {
    if (i == text.size() || !continues(s, static_cast<std::uint8_t>(text[i]))) return {i, kind::wrong};
  }
  const bool surrogate = lead == 0xED && static_cast<std::uint8_t>(text[1]) >= 0xA0;
  return {size, surrogate ? kind::surrogate : kind::character};
}

bool utf8_feed(utf8_state& state, std::string_view piece) noexcept {
  auto s = state;
  for (std::size_t i = 0; i < piece.size();) {
    const auto byte = static_cast<std::uint8_t>(piece[i]);
    if (s.missing) {
      if (!continues(s, byte)) return false;
      ++i;
    } else if (byte < 0x80) {
      i += ascii_prefix(piece.substr(i));
    } else {
      if (!start(s, byte)) return false;
      ++i;
    }
  }
  state = s;
  return true;
}

bool valid_utf8(std::string_view text) noexcept {
  if (is_ascii(text)) return true;
  utf8_state s;
  return utf8_feed(s, text) && complete(s);
}

std::size_t utf16_size(std::string_view text) noexcept {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    units += static_cast<std::size_t>((byte & 0xC0) != 0x80) + static_cast<std::size_t>(byte >= 0xF0);
  }
  return units;
}

std::size_t utf16_prefix(std::string_view text, std::size_t units) noexcept {
  std::size_t at = 0;
  for (;;) {
    const auto ascii = ascii_prefix(text.substr(at, units));
    at += ascii;
    units -= ascii;
    if (units == 0) return at;
    if (at == text.size()) return std::string_view::npos;
    const auto next = first_sequence(text.substr(at));
    const std::size_t wide = next.size == 4 ? 2 : 1;
    if (next.what != utf8_sequence::kind::character || wide > units) return std::string_view::npos;
    at += next.size;
    units -= wide;
  }
}

}  // namespace jackfield::base
