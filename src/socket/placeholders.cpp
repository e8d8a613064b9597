#include "socket/placeholders.hpp"

#include <algorithm>
#include <charconv>

namespace jackfield::sio {
namespace {

constexpr std::string_view opening = R"({"_placeholder":true,"num":)";
constexpr std::string_view key = R"("_placeholder")";

/// Reads `N}` at `at`; moves behind it.
bool read_number(std::string_view text, std::size_t& at, std::size_t& num) noexcept {
  const char* end = text.data() + text.size();
  const auto [stop, bad] = std::from_chars(text.data() + at, end, num);
  if (bad != std::errc() || stop == end || *stop != '}') return false;
  at = static_cast<std::size_t>(stop - text.data()) + 1;
  return true;
}

}  // namespace

void write_placeholder(std::size_t num, std::string& out) {
  out += opening;
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, num).ptr);
  out += '}';
}

std::optional<std::size_t> placeholder_number(std::string_view text) noexcept {
  if (!text.starts_with(opening)) return std::nullopt;
  std::size_t at = opening.size(), num = 0;
  if (!read_number(text, at, num) || at != text.size()) return std::nullopt;
  return num;
}

bool renumber(std::string_view text, std::span<const bytes_view> attachments, std::string& out,
              std::vector<bytes_view>& out_attachments) {
  // In valid JSON, `{"` is never inside a string (its quote would end the string, and what follows is no JSON), so each
  // match of `opening` is an object. A key may also be spelled with escapes: then there is a \u somewhere.
  if (text.find("\\u") != text.npos) return false;
  std::size_t at = 0;
  for (;;) {
    const std::size_t found = text.find(key, at);
    if (found == text.npos) break;
    if (found == 0 || !text.substr(found - 1).starts_with(opening)) return false;
    out.append(text.substr(at, found - 1 - at));
    std::size_t num = 0;
    at = found - 1 + opening.size();
    if (!read_number(text, at, num) || num >= attachments.size()) return false;
    write_placeholder(out_attachments.size(), out);
    out_attachments.push_back(attachments[num]);
  }
  out.append(text.substr(at));
  return true;
}

}  // namespace jackfield::sio
