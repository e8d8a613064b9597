// json: validate, split, parse and write JSON text (RFC 8259), in linear time, without recursion on input.
// D4: a packet is scanned when it arrives (scan_array finds where each element begins and ends) and an
// element is parsed when it is read. Lone surrogates (\ud800), which JavaScript sends, are accepted and
// kept: inside our strings they are WTF-8 (ED A0 80 …), on the wire they are escapes again (S29).
// Pure, any thread. Text that is wrong is `false`, never an exception. Scanning allocates nothing but room in `out`.
#pragma once

#include <jackfield/value.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::base::json {

/// Whatever a caller allows, nesting ends here.
inline constexpr std::size_t max_depth = 1024;

enum class type : std::uint8_t { null, boolean, number, string, array, object };

/// One element of a scanned array: valid JSON, without blanks around it.
struct element {
  std::string_view text;
  type kind = type::null;
  bool plain = true;  // a string without escapes, or another kind
};

/// True: `text` is one JSON value (blanks around it allowed), nested at most `depth` levels, valid UTF-8.
bool valid(std::string_view text, std::size_t depth = 256) noexcept;
/// The kind of valid JSON text without blanks in front, from its first character.
type kind_of(std::string_view valid_json) noexcept;

/// Validates a JSON array and finds its elements. `out` is cleared first; its memory is reused.
/// `placeholders`: when not null, set to whether a key "_placeholder" may stand somewhere. The array is a level.
bool scan_array(std::string_view text, std::vector<element>& out, std::size_t depth = 256, bool* placeholders = nullptr);

/// Valid JSON: every object whose "_placeholder" is true has a "num" that is an integer below `attachments`.
bool placeholders_fit(std::string_view valid_json, std::size_t attachments);

/// Parses one value. With attachments: every object whose "_placeholder" is true becomes a copy of the attachment
/// of its "num"; a num that is no integer in range is an error. Without (or with none): placeholders are plain objects.
/// Integers are integer or unsigned_integer when they fit, other numbers real. False: not valid, out is null.
bool parse(std::string_view text, value& out, std::size_t depth = 256);
bool parse(std::string_view text, std::span<const bytes_view> attachments, value& out, std::size_t depth = 256);

/// The characters of a JSON string element, unescaped (for plain ones: between the quotes), appended to out.
void unescape(std::string_view quoted, std::string& out);
/// A plain string element's characters, without copying. REQUIRES: e.kind is string and e.plain.
inline std::string_view plain_chars(const element& e) noexcept { return e.text.substr(1, e.text.size() - 2); }
/// Numbers of valid JSON text. 1e3 and 5.0 are integers.
bool to_int64(std::string_view number, std::int64_t& out) noexcept;  // false: not whole, or out of range
bool to_uint64(std::string_view number, std::uint64_t& out) noexcept;
double to_double(std::string_view number) noexcept;  // 1e400 is infinity, as in JavaScript

/// Writers append to `out`, as JSON.stringify writes. What is neither UTF-8 nor WTF-8 becomes U+FFFD (S14).
void write_string(std::string_view text, std::string& out);
void write_number(double d,
                  std::string& out);  // shortest that reads back; as JavaScript prints it (1e21, 0.1, -0 → 0); NaN, inf → null
void write_number(std::int64_t i, std::string& out);
void write_number(std::uint64_t u, std::string& out);
/// Binary becomes {"_placeholder":true,"num":N}, its bytes are added to `attachments` (borrowed from v).
/// False: deeper than `depth` (out then holds a prefix).
bool write(const value& v, std::string& out, std::vector<bytes_view>& attachments, std::size_t depth = 256);

}  // namespace jackfield::base::json
