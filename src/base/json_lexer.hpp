// lexer: finds where the tokens of JSON text end, checking them (RFC 8259, UTF-8). Private to base/json_*.cpp.
// Functions take a position and return the one behind the token, or null when the text is wrong there.
// Characters of strings go 16 at a time where the machine has SSE2, else 8.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace jackfield::base::json {

class lexer {
 public:
  explicit lexer(std::string_view text) noexcept : begin_(text.data()), end_(text.data() + text.size()) {}
  const char* begin() const noexcept { return begin_; }
  const char* end() const noexcept { return end_; }

  [[gnu::always_inline]] const char* blanks(const char* p) const noexcept {
    if (p != end_ && static_cast<unsigned char>(*p) > ' ') return p;  // nearly always
    while (p != end_ && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) ++p;
    return p;
  }

  /// From behind the opening quote to behind the closing one; `plain` becomes false when there are escapes.
  [[gnu::always_inline]] const char* string(const char* p, bool& plain) const noexcept {
    p = run(p);
    if (p != end_ && *p == '"') return p + 1;
    return string_from_special(p, plain);
  }

 private:
  [[gnu::noinline]] const char* string_from_special(const char* p, bool& plain) const noexcept {
    for (;; p = run(p)) {
      if (p == end_) return nullptr;
      if (*p == '"') return p + 1;
      if (static_cast<unsigned char>(*p) < 0x20) return nullptr;
      if (*p == '\\') {
        plain = false;
        p = escape(p + 1);
      } else {
        p = multibyte(p);
      }
      if (!p) return nullptr;
    }
  }

 public:
  /// From the first character (a minus or a digit).
  const char* number(const char* p) const noexcept {
    if (*p == '-') ++p;
    if (p == end_ || !is_digit(*p)) return nullptr;
    p = *p == '0' ? p + 1 : digits(p);
    if (p != end_ && *p == '.') {
      if (++p == end_ || !is_digit(*p)) return nullptr;
      p = digits(p);
    }
    if (p != end_ && (*p == 'e' || *p == 'E')) {
      if (++p != end_ && (*p == '+' || *p == '-')) ++p;
      if (p == end_ || !is_digit(*p)) return nullptr;
      p = digits(p);
    }
    return p;
  }

  /// true, false, null: from the first character.
  const char* word(const char* p) const noexcept {
    switch (*p) {
      case 't': return literal(p, "true");
      case 'f': return literal(p, "false");
      case 'n': return literal(p, "null");
      default: return nullptr;
    }
  }

  /// The first character at or behind p that is a quote, a backslash, a control or not ASCII; or the end.
  [[gnu::always_inline]] const char* run(const char* p) const noexcept {
#if defined(__SSE2__)
    while (end_ - p >= 16) {
      const auto found = special(p);
      if (found) return p + std::countr_zero(found);
      p += 16;
    }
    if (end_ - begin_ >= 16 && p != end_) {  // the last 16 of the text, less those in front of p
      const auto overlap = static_cast<unsigned>(16 - (end_ - p));
      const auto found = special(end_ - 16) >> overlap;
      return found ? p + std::countr_zero(found) : end_;
    }
#else
    while (end_ - p >= 8) {
      const auto found = special(p);
      if (found) return p + std::countr_zero(found) / 8;
      p += 8;
    }
#endif
    while (p != end_ && !is_special(*p)) ++p;
    return p;
  }

 private:
  static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
  static bool is_special(char c) noexcept { return static_cast<signed char>(c) < 0x20 || c == '"' || c == '\\'; }

#if defined(__SSE2__)
  static std::uint32_t special(const char* p) noexcept {
    const auto v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const auto quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    const auto backslash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    const auto low_or_high = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));  // signed: 80..FF are below too
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), low_or_high)));
  }
#else
  /// A set top bit in the byte of the first special character; bytes behind it may have one wrongly.
  static std::uint64_t special(const char* p) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101u, tops = ones * 0x80;
    std::uint64_t w;
    std::memcpy(&w, p, sizeof w);
    const auto quote = w ^ ones * '"', backslash = w ^ ones * '\\';
    return (w | (w - ones * 0x20) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & tops;
  }
#endif

  const char* digits(const char* p) const noexcept {
    while (p != end_ && is_digit(*p)) ++p;
    return p;
  }

  const char* literal(const char* p, std::string_view text) const noexcept {
    if (static_cast<std::size_t>(end_ - p) < text.size() || std::memcmp(p, text.data(), text.size()) != 0) return nullptr;
    return p + text.size();
  }

  /// From behind the backslash.
  const char* escape(const char* p) const noexcept {
    if (p == end_) return nullptr;
    switch (*p) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't': return p + 1;
      case 'u': break;
      default: return nullptr;
    }
    if (end_ - p < 5) return nullptr;
    for (int i = 1; i <= 4; ++i) {
      const char lower = static_cast<char>(p[i] | 0x20);
      if (!is_digit(p[i]) && !(lower >= 'a' && lower <= 'f')) return nullptr;
    }
    return p + 5;
  }

  bool continues(const char* p, int low = 0x80, int high = 0xBF) const noexcept {
    return p < end_ && static_cast<unsigned char>(*p) >= low && static_cast<unsigned char>(*p) <= high;
  }

  /// One character of UTF-8 that is not ASCII.
  const char* multibyte(const char* p) const noexcept {
    const auto lead = static_cast<unsigned char>(*p);
    if (lead < 0xC2 || lead > 0xF4) return nullptr;
    if (lead < 0xE0) return continues(p + 1) ? p + 2 : nullptr;
    if (lead < 0xF0) {
      const bool second = continues(p + 1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
      return second && continues(p + 2) ? p + 3 : nullptr;
    }
    const bool second = continues(p + 1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
    return second && continues(p + 2) && continues(p + 3) ? p + 4 : nullptr;
  }

  const char* begin_;
  const char* end_;
};

}  // namespace jackfield::base::json
