#include "chat_text.hpp"

#include "base/base64.hpp"
#include "base/utf8.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace jackfield::app {

namespace {

struct range {
  std::uint32_t first, last;
};

/// Spaces of every width.
constexpr std::array<range, 7> blanks{
    {{0x20, 0x20}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}}};

/// Control, format, direction, line-breaking, invisible and private characters: what a name must not hide.
constexpr std::array<range, 20> not_in_names{{{0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},     {0x34F, 0x34F},
                                              {0x61C, 0x61C},   {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180B, 0x180F},
                                              {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0x2800, 0x2800},
                                              {0x3164, 0x3164}, {0xD800, 0xF8FF}, {0xFE00, 0xFE0E}, {0xFEFF, 0xFEFF},
                                              {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0x10FFFF}}};

template <std::size_t N>
constexpr bool within(const std::array<range, N>& all, std::uint32_t c) {
  return std::any_of(all.begin(), all.end(), [c](range r) { return c >= r.first && c <= r.last; });
}

/// Takes the first code point off a text that is not empty; nothing when it is not UTF-8.
std::optional<std::uint32_t> take(std::string_view& text, std::string_view& raw) {
  const auto s = base::first_sequence(text);
  if (s.what != base::utf8_sequence::kind::character) return std::nullopt;
  raw = text.substr(0, s.size);
  text.remove_prefix(s.size);
  constexpr std::uint8_t payload[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t c = static_cast<std::uint8_t>(raw[0]) & payload[s.size];
  for (char x : raw.substr(1)) c = c << 6 | (static_cast<std::uint8_t>(x) & 0x3Fu);
  return c;
}

}  // namespace

std::optional<std::string> clean_name(std::string_view raw) {
  if (raw.size() > max_name_length * 16) return std::nullopt;  // no need to look
  std::string out;
  std::size_t length = 0;
  bool gap = false;
  for (std::string_view bytes; !raw.empty();) {
    const auto c = take(raw, bytes);
    if (!c || within(not_in_names, *c)) return std::nullopt;
    if (within(blanks, *c)) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ', ++length, gap = false;
    out += bytes, ++length;
  }
  if (length == 0 || length > max_name_length) return std::nullopt;
  return out;
}

std::optional<std::string> clean_room(std::string_view raw) {
  if (raw.starts_with('#')) raw.remove_prefix(1);
  return clean_name(raw);
}

std::optional<std::string> clean_text(std::string_view raw) {
  constexpr std::string_view cut = " \t\n";
  const auto first = raw.find_first_not_of(cut);
  if (first == std::string_view::npos) return std::nullopt;
  raw = raw.substr(first, raw.find_last_not_of(cut) - first + 1);
  if (raw.size() > max_text_length * 4) return std::nullopt;
  std::size_t length = 0;
  std::string_view bytes;
  for (std::string_view rest = raw; !rest.empty(); ++length) {
    const auto c = take(rest, bytes);
    const bool control = c && (*c < 0x20 || (*c >= 0x7F && *c <= 0x9F));
    if (!c || (control && *c != '\n' && *c != '\t')) return std::nullopt;
  }
  if (length > max_text_length) return std::nullopt;
  return std::string(raw);
}

bool valid_nonce(std::string_view nonce) {
  return nonce.size() <= max_nonce_length &&
         std::all_of(nonce.begin(), nonce.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool valid_key(std::string_view key) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return key.size() >= 16 && key.size() <= 64 && key.find_first_not_of(allowed) == std::string_view::npos;
}

std::string id_of(std::string_view key) {
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  if (EVP_Digest(key.data(), key.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return {};
  std::string out;
  base::base64url_encode(bytes_view(reinterpret_cast<const std::byte*>(digest.data()), 12), out);
  return out;
}

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace jackfield::app
