// base64, UTF-8, strings of JSON and escaping for logs, over the same bytes.
#include "base/base64.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <cstdlib>

using namespace jackfield;
using namespace jackfield::base;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_base64(std::string_view text) {
  bytes decoded;
  if (base64_decode(text, decoded)) {  // strict: only what encoding gives is accepted
    std::string again;
    base64_encode(decoded, again);
    require(again == text);
  }
  std::string encoded;
  base64_encode(as_bytes(text), encoded);
  require(encoded.size() == base64_size(text.size()));
  bytes back;
  require(base64_decode(encoded, back));
  require(as_chars(back) == text);
}

void check_utf8(std::string_view text, std::size_t cut) {
  const bool whole = valid_utf8(text);
  utf8_state s;
  const bool pieces = utf8_feed(s, text.substr(0, cut)) && utf8_feed(s, text.substr(cut)) && complete(s);
  require(whole == pieces);
  bool all = true;
  for (auto rest = text; !rest.empty();) {
    const auto first = first_sequence(rest);
    all = all && first.what == utf8_sequence::kind::character;
    rest.remove_prefix(first.size);
  }
  require(whole == all);
  const auto ascii = ascii_prefix(text);
  require(std::ranges::all_of(text.substr(0, ascii), [](char c) { return static_cast<signed char>(c) >= 0; }));
  require(ascii == text.size() || static_cast<signed char>(text[ascii]) < 0);
}

void check_strings(std::string_view text) {
  std::string written;
  json::write_string(text, written);
  require(json::valid(written) && valid_utf8(written));
  std::string back;
  json::unescape(written, back);
  if (valid_utf8(text)) require(back == text);
  const auto line = escaped(text);
  require(line.size() <= 256 + 3 && valid_utf8(line));
  require(std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_base64(text);
  check_utf8(text, size ? data[0] % (size + 1) : 0);
  check_strings(text);
  return 0;
}
