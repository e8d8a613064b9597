#include "notation.hpp"

#include <charconv>

namespace jackfield::talk {

std::string bytes_written(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out = "<";
  for (const char c : bytes) {
    if (out.size() > 1) out += ' ';
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out + '>';
}

std::optional<std::string> bytes_read(std::string_view text) {
  if (!text.starts_with('<') || !text.ends_with('>')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string out;
  while (!text.empty()) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc() || end != text.data() + 2) return std::nullopt;
    out += static_cast<char>(value);
    text.remove_prefix(2);
    if (text.starts_with(' ')) text.remove_prefix(1);
  }
  return out;
}

std::vector<part> group_of(std::string_view text) {
  std::vector<part> attachments;
  while (text.ends_with('>')) {
    const auto from = text.rfind('<');
    auto bytes = from == std::string_view::npos ? std::nullopt : bytes_read(text.substr(from));
    if (!bytes) break;
    attachments.insert(attachments.begin(), {protocol::payload_kind::binary, std::move(*bytes)});
    text = text.substr(0, from);
    while (text.ends_with(' ')) text.remove_suffix(1);
  }
  std::vector<part> group;
  if (!text.empty() || attachments.empty()) group.push_back({protocol::payload_kind::text, std::string(text)});
  group.insert(group.end(), attachments.begin(), attachments.end());
  return group;
}

}  // namespace jackfield::talk
