// base64: RFC 4648, standard alphabet with padding (Engine.IO binary in text) and the URL-safe one without (ids).
// Pure, any thread, linear.
#pragma once

#include <jackfield/bytes.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace jackfield::base {

/// Characters that n bytes become, padding included.
constexpr std::size_t base64_size(std::size_t n) noexcept { return (n + 2) / 3 * 4; }
/// Bytes that n characters stand for at most.
constexpr std::size_t base64_decoded_size(std::size_t n) noexcept { return n / 4 * 3; }

/// Appends the standard form with padding.
void base64_encode(bytes_view data, std::string& out);
/// Appends the URL-safe form (- and _) without padding.
void base64url_encode(bytes_view data, std::string& out);

/// Appends the bytes. Strict: whole groups of four, padding where it belongs, no other characters, unused bits zero.
/// False: not base64; out is as before.
bool base64_decode(std::string_view text, bytes& out);
/// The same into `out` of at least base64_decoded_size(text.size()) bytes. Returns the number of bytes, or `npos`.
/// On npos out holds rubbish.
std::size_t base64_decode(std::string_view text, std::byte* out) noexcept;

}  // namespace jackfield::base
