#include "wire/http_head_scan.hpp"

#include "wire/http_text.hpp"

namespace jackfield::wire {

namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// HTTP/d.d, whatever the digits.
bool is_version(std::string_view text) noexcept {
  return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' && is_digit(text[7]);
}

}  // namespace

http_head_scan::found http_head_scan::scan(std::string_view text, const http_limits& limits) noexcept {
  if (part_ == part::begin) {
    if (const auto f = find_begin(text); f != found::whole) return f;
  }
  for (;;) {
    const auto end = text.find('\n', searched_);
    if (too_long(end == std::string_view::npos ? text.size() : end + 1, limits)) return found::refused;
    if (end == std::string_view::npos) {
      searched_ = text.size();
      return found::more;
    }
    const auto line = text.substr(line_, end - line_);
    line_ = searched_ = end + 1;
    if (line == "\r" && part_ == part::headers) return found::whole;
    if (!good_line(line, limits)) return found::refused;
    if (part_ == part::request_line) {
      part_ = part::headers;
      headers_ = line_;
    }
  }
}

// One empty line in front of a request is passed over (RFC 9112 §2.2): some clients end a body with one too many.
http_head_scan::found http_head_scan::find_begin(std::string_view text) noexcept {
  if (text.starts_with("\r\n")) begin_ = 2;
  if (text.size() == begin_ || text == "\r") return found::more;
  if (!token_char(text[begin_])) return refuse(400, "not an HTTP request"), found::refused;
  line_ = searched_ = begin_;
  part_ = part::request_line;
  return found::whole;
}

// `end`: of the line, or of what is there of it. A request line counts without its CRLF, headers with theirs.
bool http_head_scan::too_long(std::size_t end, const http_limits& limits) noexcept {
  if (part_ == part::request_line) {
    return end - line_ > limits.request_line_bytes + 2 && !refuse(414, "request line is too long");
  }
  return end - headers_ > limits.header_bytes && !refuse(431, "headers are too long");
}

bool http_head_scan::good_line(std::string_view line, const http_limits& limits) noexcept {
  if (!line.ends_with('\r')) return refuse(400, "line does not end in CRLF");
  line.remove_suffix(1);
  if (part_ == part::request_line) return good_request_line(line);
  if (++lines_ > limits.header_lines) return refuse(431, "too many headers");
  if (line.front() == ' ' || line.front() == '\t') return refuse(400, "folded header");
  if (!header_value(line)) return refuse(400, "control character in a header");
  return true;
}

// method SP request-target SP HTTP-version, with one blank each.
bool http_head_scan::good_request_line(std::string_view line) noexcept {
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse(400, "malformed request line");
  if (!is_token(line.substr(0, first))) return refuse(400, "malformed method");
  if (!is_visible(line.substr(first + 1, last - first - 1))) return refuse(400, "malformed request target");
  const auto version = line.substr(last + 1);
  if (!is_version(version)) return refuse(400, "malformed HTTP version");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return refuse(505, "HTTP version not supported");
  return true;
}

bool http_head_scan::refuse(int status, std::string_view text) noexcept {
  refusal_ = {status, text};
  return false;
}

}  // namespace jackfield::wire
