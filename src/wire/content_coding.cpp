#include "wire/deflating.hpp"
#include "wire/header_list.hpp"
#include "wire/http_text.hpp"
#include "wire/ws_deflate.hpp"

namespace jackfield::wire {

namespace {

constexpr int level = 6;
constexpr int window_bits = 15, gzip_window_bits = 15 + 16;
constexpr int unnamed = -1;

/// A qvalue (RFC 9110 §12.4.2) in thousandths; 0 for anything else.
int quality(std::string_view text) noexcept {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return 0;
  int q = (text[0] - '0') * 1000;
  if (text.size() == 1) return q;
  if (text[1] != '.' || text.size() > 5) return 0;
  int unit = 100;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return 0;
    q += (c - '0') * unit;
    unit /= 10;
  }
  return q > 1000 ? 0 : q;
}

int quality_of(std::string_view element) noexcept {
  int q = 1000;
  while (element.data() != nullptr) {
    auto parameter = take_element(element, ';');
    const auto name = take_element(parameter, '=');
    if (equal_ignoring_case(name, "q")) q = quality(trimmed(parameter));
  }
  return q;
}

}  // namespace

content_coding choose_coding(std::string_view accept_encoding) noexcept {
  int gzip = unnamed, deflate = unnamed, any = 0;
  while (accept_encoding.data() != nullptr) {
    auto element = take_element(accept_encoding, ',');
    const auto coding = take_element(element, ';');
    const int q = quality_of(element);
    if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip")) {
      gzip = q;
    } else if (equal_ignoring_case(coding, "deflate")) {
      deflate = q;
    } else if (coding == "*") {
      any = q;
    }
  }
  if (gzip == unnamed) gzip = any;
  if (deflate == unnamed) deflate = any;
  if (gzip > 0 && gzip >= deflate) return content_coding::gzip;
  return deflate > 0 ? content_coding::deflate : content_coding::identity;
}

std::string compress_body(std::string_view body, content_coding c) {
  if (c == content_coding::identity) return std::string(body);
  const auto stream = borrow_stream({zlib_way::deflate, c == content_coding::gzip ? gzip_window_bits : window_bits, level});
  std::string out;
  deflate_into(stream->z(), body, Z_FINISH, out);
  return out;
}

}  // namespace jackfield::wire
