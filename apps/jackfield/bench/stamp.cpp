#include "stamp.hpp"

namespace jackfield::bench {

namespace {

void put_hex(char* at, int digits, std::uint64_t v) noexcept {
  for (int i = digits; i-- > 0; v >>= 4) at[i] = "0123456789abcdef"[v & 15];
}

// Upper-case digits are nobody's: we do not write them, and a server gives back what it got.
bool take_hex(std::string_view& text, std::size_t digits, std::uint64_t& out) noexcept {
  out = 0;
  for (const char c : text.substr(0, digits)) {
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && (c < 'a' || c > 'f')) return false;
    out = out << 4 | static_cast<std::uint64_t>(decimal ? c - '0' : c - 'a' + 10);
  }
  text.remove_prefix(digits);
  return true;
}

}  // namespace

void append_stamped(std::string& out, const stamp& s, std::size_t bytes) {
  char text[stamp::size];
  put_hex(text, 4, s.run);
  put_hex(text + 4, 2, s.thread);
  put_hex(text + 6, 8, s.message);
  put_hex(text + 14, 10, static_cast<std::uint64_t>(s.meant / stamp::unit));
  out.append(text, sizeof text);
  out.append(bytes - sizeof text, 'x');
}

bool read_stamp(std::string_view text, stamp& out) noexcept {
  if (text.size() < stamp::size) return false;
  std::uint64_t run = 0, thread = 0, message = 0, meant = 0;
  if (!take_hex(text, 4, run) || !take_hex(text, 2, thread) || !take_hex(text, 8, message) || !take_hex(text, 10, meant))
    return false;
  out = {static_cast<std::uint16_t>(run), static_cast<std::uint8_t>(thread), static_cast<std::uint32_t>(message),
         static_cast<nanos>(meant) * stamp::unit};
  return true;
}

}  // namespace jackfield::bench
