#include "transport/frame_cache.hpp"

#include "wire/ws_deflate.hpp"
#include "wire/ws_encoder.hpp"

#include <cstring>
#include <string>
#include <utility>

namespace jackfield::transport {

namespace {

std::size_t framed_size(const engine::message& m, std::string_view binary_head) {
  std::size_t n = m.data.size() + (m.kind == protocol::payload_kind::text ? 1 : binary_head.size());
  return wire::ws_head_size(n) + n;
}

char* put(char* at, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

char* put_frame(char* at, const engine::message& m, std::string_view binary_head) {
  if (m.kind == protocol::payload_kind::binary) {
    at = put(at, wire::ws_head(wire::ws_opcode::binary, binary_head.size() + m.data.size()).view());
    return put(put(at, binary_head), m.data.chars());
  }
  at = put(at, wire::ws_head(wire::ws_opcode::text, m.data.size() + 1).view());
  *at++ = digit(protocol::eio_type::message);
  return put(at, m.data.chars());
}

}  // namespace

void frame_cache::fill(slot& s, const engine::outgoing& o, std::string_view binary_head) {
  std::size_t size = 0;
  for (const auto& m : o.messages()) size += framed_size(m, binary_head);
  s.frames = base::shared_bytes::filled(size, [&](char* at) {
    for (const auto& m : o.messages()) at = put_frame(at, m, binary_head);
  });
  s.id = o.id();
  forget_after_turn();
}

/// Large frames must not outlive the turn here.
void frame_cache::forget_after_turn() {
  if (std::exchange(clears_, true)) return;
  host_.defer([this] {
    slots_ = {};
    prefixed_slots_ = {};
    packed_slots_ = {};
    clears_ = false;
  });
}

const base::shared_bytes& frame_cache::packed_frames(const engine::outgoing& o, const packing& how) {
  const auto place = o.id() + static_cast<std::uint64_t>(how.window_bits) + how.binary_head.size();
  slot& s = packed_slots_[place % packed_slots_.size()];
  if (s.id == o.id() && s.window_bits == how.window_bits && s.binary_head == how.binary_head.size()) return s.frames;
  wire::ws_deflater deflater(how.window_bits, wire::takeover::none);
  std::string frames, whole, packed;
  for (const auto& m : o.messages()) {
    const bool text = m.kind == protocol::payload_kind::text;
    const auto op = text ? wire::ws_opcode::text : wire::ws_opcode::binary;
    whole.assign(text ? std::string_view("4") : how.binary_head).append(m.data.chars());
    const bool pack = whole.size() >= how.threshold_bytes;
    packed.clear();
    if (pack) deflater.deflate(whole, packed);
    const std::string& sent = pack ? packed : whole;
    frames.append(wire::ws_head(op, sent.size(), pack).view()).append(sent);
  }
  s = {o.id(), how.window_bits, how.binary_head.size(), base::shared_bytes(frames)};
  forget_after_turn();
  return s.frames;
}

}  // namespace jackfield::transport
