// utf8: strict UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF), checked as it arrives (S14).
// Pure, any thread, linear; ASCII goes 16 bytes a step. A text may be fed in pieces cut anywhere, inside a
// character too; the first byte that cannot belong to any valid text fails at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace jackfield::base {

/// Between two pieces of one text. Fresh: nothing seen yet.
struct utf8_state {
  std::uint8_t missing = 0;  // continuation bytes the last character still needs
  std::uint8_t low = 0x80;   // range of the next one: narrower than 80..BF behind E0, ED, F0, F4
  std::uint8_t high = 0xBF;
};

/// False: the text is not UTF-8, whatever follows; the state is of no more use.
bool utf8_feed(utf8_state& state, std::string_view piece) noexcept;
/// No character is cut at the end.
constexpr bool complete(const utf8_state& state) noexcept { return state.missing == 0; }

bool valid_utf8(std::string_view text) noexcept;

/// What stands at the front of a text.
struct utf8_sequence {
  enum class kind : std::uint8_t { character, surrogate /* WTF-8 */, wrong };
  std::size_t size;  // bytes, at least one; of what is wrong: those that belong together
  kind what;
};
/// REQUIRES: text is not empty.
utf8_sequence first_sequence(std::string_view text) noexcept;

/// The number of ASCII bytes that text begins with.
std::size_t ascii_prefix(std::string_view text) noexcept;

/// UTF-16 code units of the same text: what JavaScript calls its length. REQUIRES: valid UTF-8.
std::size_t utf16_size(std::string_view text) noexcept;
/// The bytes at the front of text that are so many UTF-16 code units. npos: it is shorter, or is not UTF-8 until there, or
/// the last unit would be half a character.
std::size_t utf16_prefix(std::string_view text, std::size_t units) noexcept;

}  // namespace jackfield::base
