// The chat's rules for names, texts and keys (chat/PROTOCOL.md). Lengths are in code points. Pure, any thread, linear.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::app {

inline constexpr std::size_t max_name_length = 32;
inline constexpr std::size_t max_text_length = 2000;
inline constexpr std::size_t max_nonce_length = 32;

/// A person's name as it is kept: blanks at the ends cut, runs of blanks one space. Nothing when it is not a name.
std::optional<std::string> clean_name(std::string_view raw);
/// The same for a room; a leading '#' is cut.
std::optional<std::string> clean_room(std::string_view raw);
/// A message without blanks at its ends. Nothing when it is empty, too long, or has control characters.
std::optional<std::string> clean_text(std::string_view raw);
/// Printable ASCII, at most max_nonce_length.
bool valid_nonce(std::string_view nonce);
/// 16 to 64 characters of A-Z a-z 0-9 - _.
bool valid_key(std::string_view key);

/// The public id of who holds this key: 16 characters, one way.
std::string id_of(std::string_view key);
/// Do two names read the same? ASCII letters without case.
bool same_name(std::string_view a, std::string_view b);

}  // namespace jackfield::app
