#include "protocol/eio3_payload.hpp"

#include "base/base64.hpp"
#include "base/utf8.hpp"

#include <charconv>

namespace jackfield::protocol {
namespace {

constexpr char length_end = '\xFF';
constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t smallest_entry = 2;                 // "0:"

struct decimal {
  char digits[20];
  std::size_t size;
};

decimal decimal_of(std::size_t n) noexcept {
  decimal d;
  d.size = static_cast<std::size_t>(std::to_chars(d.digits, d.digits + sizeof d.digits, n).ptr - d.digits);
  return d;
}

/// One more digit of a length; false: it is none, or the length is beyond all bodies.
bool add_digit(std::size_t& length, unsigned digit) noexcept {
  constexpr std::size_t most = std::size_t{1} << 48;
  if (digit > 9 || length > most) return false;
  length = length * 10 + digit;
  return true;
}

/// Lone surrogates, which some old encoders let through, become U+FFFD. False: it is not even so UTF-8.
bool without_surrogates(std::string_view text, std::string& out) {
  out.assign(text);
  for (std::size_t i = 0; i < text.size();) {
    const auto s = base::first_sequence(text.substr(i));
    if (s.what == base::utf8_sequence::kind::wrong) return false;
    if (s.what == base::utf8_sequence::kind::surrogate) out.replace(i, s.size, replacement);  // 3 bytes for 3
    i += s.size;
  }
  return true;
}

/// Takes "12:" off the front. False: it is not there.
bool take_text_length(std::string_view& rest, std::size_t& length) noexcept {
  const auto colon = rest.find(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  for (const char c : rest.substr(0, colon)) {
    if (!add_digit(length, static_cast<unsigned char>(c) - unsigned{'0'})) return false;
  }
  rest.remove_prefix(colon + 1);
  return true;
}

/// The same for the binary form, behind the kind.
bool take_binary_length(std::string_view& rest, std::size_t& length) noexcept {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == length_end) {
      rest.remove_prefix(i + 1);
      return i > 0;
    }
    if (!add_digit(length, static_cast<unsigned char>(rest[i]))) return false;
  }
  return false;
}

}  // namespace

std::optional<eio_packet> decode_eio3_text(std::string_view text, std::string& storage) {
  if (!text.starts_with('b')) return decode_eio_text(text, storage);
  if (!text.starts_with("b4")) return std::nullopt;
  text.remove_prefix(2);
  storage.resize(base::base64_decoded_size(text.size()));
  const auto n = base::base64_decode(text, reinterpret_cast<std::byte*>(storage.data()));
  if (n == std::string::npos) return std::nullopt;
  storage.resize(n);
  return eio_packet{eio_type::message, payload_kind::binary, storage};
}

std::optional<eio_packet> decode_eio3_binary(std::string_view data) noexcept {
  if (!data.starts_with(eio3_binary_head)) return std::nullopt;
  return eio_packet{eio_type::message, payload_kind::binary, data.substr(eio3_binary_head.size())};
}

void append_eio3_text(std::string& out, const eio_packet& p) {
  if (p.kind == payload_kind::text) {
    (out += digit(p.type)) += p.data;
  } else {
    out += "b4";
    base::base64_encode(as_bytes(p.data), out);
  }
}

void append_eio3_packet(std::string& payload, const eio_packet& p, eio3_form form) {
  const bool text = p.kind == payload_kind::text;
  if (form == eio3_form::text) {
    const auto length = decimal_of(text ? 1 + base::utf16_size(p.data) : 2 + base::base64_size(p.data.size()));
    payload.append(length.digits, length.size) += ':';
    return append_eio3_text(payload, p);
  }
  const auto length = decimal_of(1 + p.data.size());
  payload += text ? '\0' : '\1';
  for (std::size_t i = 0; i < length.size; ++i) payload += static_cast<char>(length.digits[i] - '0');
  payload += length_end;
  (payload += text ? digit(p.type) : eio3_binary_head.front()) += p.data;
}

eio3_payload_reader::eio3_payload_reader(std::string_view body, eio3_form form, std::size_t most_packets) noexcept
    : rest_(body), form_(form) {
  if (body.empty()) state_ = form == eio3_form::text ? outcome::undecodable : outcome::end;
  if (body.size() / smallest_entry <= most_packets) return;
  std::size_t packets = 0;
  entry e;
  while (!body.empty() && take(body, form, e)) {
    if (++packets <= most_packets) continue;
    state_ = outcome::too_many;
    return;
  }
}

/// Takes the next entry off the front. False: there is none that is whole.
bool eio3_payload_reader::take(std::string_view& rest, eio3_form form, entry& out) noexcept {
  std::size_t length = 0;
  if (form == eio3_form::text) {
    if (!take_text_length(rest, length)) return false;
    length = base::utf16_prefix(rest, length);
    if (length == std::string_view::npos) return false;
  } else {
    const auto kind = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    if (kind > 1 || !take_binary_length(rest, length) || length > rest.size()) return false;
    out.kind = kind == 0 ? payload_kind::text : payload_kind::binary;
  }
  out.packet = rest.substr(0, length);
  rest.remove_prefix(length);
  return true;
}

eio3_payload_reader::step eio3_payload_reader::next() {
  while (state_ == outcome::packet) {
    if (rest_.empty()) return stop(outcome::end);
    entry e;
    if (!take(rest_, form_, e)) return stop(outcome::undecodable);
    if (form_ == eio3_form::text && e.packet.empty()) continue;
    const auto p = decode(e);
    if (!p) return stop(outcome::undecodable);
    return {outcome::packet, *p};
  }
  return {state_, {}};
}

/// Text of a text payload was found to be UTF-8 while its units were counted.
std::optional<eio_packet> eio3_payload_reader::decode(const entry& e) {
  if (e.kind == payload_kind::binary) return decode_eio3_binary(e.packet);
  auto p = decode_eio3_text(e.packet, storage_);
  const bool counted = form_ == eio3_form::text || (p && p->kind == payload_kind::binary);
  if (!p || counted || base::valid_utf8(p->data)) return p;
  if (!without_surrogates(p->data, storage_)) return std::nullopt;
  p->data = storage_;
  return p;
}

eio3_payload_reader::step eio3_payload_reader::stop(outcome why) noexcept {
  state_ = why;
  return {why, {}};
}

}  // namespace jackfield::protocol
