#include "wire/http_chunk_scan.hpp"

#include "wire/http_text.hpp"

namespace jackfield::wire {

namespace {

constexpr std::uint8_t most_digits = 16;  // 64 bits

constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

}  // namespace

http_chunk_scan::found http_chunk_scan::scan(std::string_view input, std::size_t overhead_limit, std::size_t& used) noexcept {
  for (used = 0; used < input.size();) {
    const auto f = step(input[used++], overhead_limit);
    if (f != found::more) return f;
  }
  return found::more;
}

http_chunk_scan::found http_chunk_scan::step(char c, std::size_t overhead_limit) noexcept {
  switch (at_) {
    case at::data_cr: at_ = at::data_lf; return c == '\r' ? found::more : refuse(400, "chunk is longer than its size");
    case at::data_lf: at_ = at::first_digit; return c == '\n' ? found::more : refuse(400, "chunk does not end in CRLF");
    case at::first_digit:
      size_ = 0;
      digits_ = 0;
      at_ = at::digits;
      return digit(c);
    case at::digits:
      if (c == '\r') return at_ = at::line_lf, found::more;
      if (c != ';' && !is_blank(c)) return digit(c);
      at_ = at::extension;
      return count(c, overhead_limit);
    case at::extension:
      if (c == '\r') return at_ = at::line_lf, found::more;
      return count(c, overhead_limit);
    case at::line_lf: return c == '\n' ? line_end() : refuse(400, "chunk size does not end in CRLF");
    case at::trailer_begin:
      if (c == '\r') return at_ = at::end_lf, found::more;
      if (is_blank(c)) return refuse(400, "folded trailer");
      at_ = at::trailer;
      return count(c, overhead_limit);
    case at::trailer:
      if (c == '\r') return at_ = at::trailer_lf, found::more;
      return count(c, overhead_limit);
    case at::trailer_lf: at_ = at::trailer_begin; return c == '\n' ? found::more : refuse(400, "trailer does not end in CRLF");
    case at::end_lf: return c == '\n' ? found::stretch : refuse(400, "trailers do not end in CRLF");
  }
  return found::refused;
}

http_chunk_scan::found http_chunk_scan::digit(char c) noexcept {
  const int value = hex_digit(c);
  if (value < 0) return refuse(400, "malformed chunk size");
  if (++digits_ > most_digits) return refuse(400, "chunk size has too many digits");
  size_ = size_ << 4 | static_cast<unsigned>(value);
  return found::more;
}

http_chunk_scan::found http_chunk_scan::line_end() noexcept {
  at_ = size_ == 0 ? at::trailer_begin : at::data_cr;
  return size_ == 0 ? found::more : found::stretch;
}

http_chunk_scan::found http_chunk_scan::count(char c, std::size_t overhead_limit) noexcept {
  if (!value_char(c)) return refuse(400, "control character in chunk framing");
  return ++overhead_ > overhead_limit ? refuse(431, "chunk extensions and trailers are too long") : found::more;
}

http_chunk_scan::found http_chunk_scan::refuse(int status, std::string_view text) noexcept {
  refusal_ = {status, text};
  return found::refused;
}

}  // namespace jackfield::wire
