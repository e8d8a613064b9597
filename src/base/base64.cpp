#include "base/base64.hpp"

#include <array>
#include <cstdint>

namespace jackfield::base {
namespace {

constexpr std::string_view standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t none = 0xFF;

constexpr auto values = [] {
  std::array<std::uint8_t, 256> t{};
  t.fill(none);
  for (std::size_t i = 0; i < standard.size(); ++i) t[static_cast<std::uint8_t>(standard[i])] = static_cast<std::uint8_t>(i);
  return t;
}();

std::uint32_t value_of(char c) noexcept { return values[static_cast<std::uint8_t>(c)]; }

/// Writes the whole groups of three; returns what is left (0 to 2 bytes).
bytes_view encode_groups(bytes_view data, std::string_view alphabet, char*& out) noexcept {
  const char* const digit = alphabet.data();
  const std::byte* in = data.data();
  for (auto left = data.size() / 3; left > 0; --left, in += 3, out += 4) {
    const auto group = std::to_integer<std::uint32_t>(in[0]) << 16 | std::to_integer<std::uint32_t>(in[1]) << 8 |
                       std::to_integer<std::uint32_t>(in[2]);
    out[0] = digit[group >> 18];
    out[1] = digit[group >> 12 & 63];
    out[2] = digit[group >> 6 & 63];
    out[3] = digit[group & 63];
  }
  return data.last(data.size() % 3);
}

/// The last one or two bytes as two or three characters; returns how many.
std::size_t encode_tail(bytes_view rest, std::string_view alphabet, char* out) noexcept {
  if (rest.empty()) return 0;
  const auto group =
      std::to_integer<std::uint32_t>(rest[0]) << 16 | (rest.size() > 1 ? std::to_integer<std::uint32_t>(rest[1]) << 8 : 0u);
  out[0] = alphabet[group >> 18];
  out[1] = alphabet[group >> 12 & 63];
  if (rest.size() == 1) return 2;
  out[2] = alphabet[group >> 6 & 63];
  return 3;
}

/// The group with padding: one or two bytes, or npos.
std::size_t decode_padded(const char* in, std::byte* out) noexcept {
  const auto a = value_of(in[0]), b = value_of(in[1]);
  if (a == none || b == none) return std::string::npos;
  out[0] = static_cast<std::byte>(a << 2 | b >> 4);
  if (in[2] == '=') return (b & 15) == 0 ? 1 : std::string::npos;
  const auto c = value_of(in[2]);
  if (c == none || (c & 3) != 0) return std::string::npos;
  out[1] = static_cast<std::byte>(b << 4 | c >> 2);
  return 2;
}

}  // namespace

void base64_encode(bytes_view data, std::string& out) {
  const auto at = out.size();
  out.resize(at + base64_size(data.size()), '=');
  char* to = out.data() + at;
  const auto rest = encode_groups(data, standard, to);
  encode_tail(rest, standard, to);
}

void base64url_encode(bytes_view data, std::string& out) {
  const auto at = out.size();
  out.resize(at + (data.size() * 4 + 2) / 3);
  char* to = out.data() + at;
  const auto rest = encode_groups(data, url_safe, to);
  encode_tail(rest, url_safe, to);
}

std::size_t base64_decode(std::string_view text, std::byte* out) noexcept {
  if (text.size() % 4 != 0) return std::string::npos;
  if (text.empty()) return 0;
  const bool padded = text.back() == '=';
  const char* in = text.data();
  const char* const whole = in + text.size() - (padded ? 4 : 0);
  const std::byte* const begin = out;
  for (; in != whole; in += 4, out += 3) {
    const auto a = value_of(in[0]), b = value_of(in[1]), c = value_of(in[2]), d = value_of(in[3]);
    if ((a | b | c | d) & 0xC0) return std::string::npos;  // values end at 63, `none` has the bits
    const auto group = a << 18 | b << 12 | c << 6 | d;
    out[0] = static_cast<std::byte>(group >> 16);
    out[1] = static_cast<std::byte>(group >> 8);
    out[2] = static_cast<std::byte>(group);
  }
  const auto n = static_cast<std::size_t>(out - begin);
  if (!padded) return n;
  const auto tail = decode_padded(in, out);
  return tail == std::string::npos ? tail : n + tail;
}

bool base64_decode(std::string_view text, bytes& out) {
  if (text.size() % 4 != 0) return false;
  const auto at = out.size();
  out.resize(at + base64_decoded_size(text.size()));
  const auto n = base64_decode(text, out.data() + at);
  out.resize(at + (n == std::string::npos ? 0 : n));
  return n != std::string::npos;
}

}  // namespace jackfield::base
