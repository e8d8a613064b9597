#include "protocol/eio_payload.hpp"

#include "base/base64.hpp"
#include "base/utf8.hpp"

#include <algorithm>

namespace jackfield::protocol {
namespace {

std::optional<eio_packet> decode_binary(std::string_view base64, std::string& storage) {
  storage.resize(base::base64_decoded_size(base64.size()));
  const auto n = base::base64_decode(base64, reinterpret_cast<std::byte*>(storage.data()));
  if (n == std::string::npos) return std::nullopt;
  storage.resize(n);
  return eio_packet{eio_type::message, payload_kind::binary, storage};
}

}  // namespace

std::optional<eio_packet> decode_eio_text(std::string_view text, std::string& storage) {
  if (text.empty()) return std::nullopt;
  const auto rest = text.substr(1);
  if (text[0] == 'b') return decode_binary(rest, storage);
  if (text[0] < '0' || text[0] > '6') return std::nullopt;
  return eio_packet{static_cast<eio_type>(text[0] - '0'), payload_kind::text, rest};
}

std::size_t eio_text_size(const eio_packet& p) noexcept {
  return 1 + (p.kind == payload_kind::text ? p.data.size() : base::base64_size(p.data.size()));
}

void append_eio_text(std::string& out, const eio_packet& p) {
  if (p.kind == payload_kind::text) {
    (out += digit(p.type)) += p.data;
  } else {
    out += 'b';
    base::base64_encode(as_bytes(p.data), out);
  }
}

void append_eio_packet(std::string& payload, const eio_packet& p) {
  if (!payload.empty()) payload += payload_separator;
  append_eio_text(payload, p);
}

eio_payload_reader::eio_payload_reader(std::string_view body, std::size_t most_packets) noexcept : rest_(body) {
  const auto separators = static_cast<std::size_t>(std::ranges::count(body, payload_separator));
  if (separators + 1 > most_packets) state_ = outcome::too_many;
}

eio_payload_reader::step eio_payload_reader::next() {
  if (state_ != outcome::packet) return {state_, {}};
  if (last_) return stop(outcome::end);
  const auto at = rest_.find(payload_separator);
  const auto text = rest_.substr(0, at);
  last_ = at == std::string_view::npos;
  if (!last_) rest_.remove_prefix(at + 1);
  const auto p = decode_eio_text(text, storage_);
  if (!p || (p->kind == payload_kind::text && !base::valid_utf8(p->data))) return stop(outcome::undecodable);
  return {outcome::packet, *p};
}

eio_payload_reader::step eio_payload_reader::stop(outcome why) noexcept {
  state_ = why;
  return {why, {}};
}

}  // namespace jackfield::protocol
