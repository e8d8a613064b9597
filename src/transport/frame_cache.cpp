#include "transport/frame_cache.hpp"

#include "wire/ws_encoder.hpp"

#include <cstring>

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
  if (std::exchange(clears_, true)) return;
  host_.defer([this] {  // large frames must not outlive the turn here
    slots_ = {};
    prefixed_slots_ = {};
    clears_ = false;
  });
}

}  // namespace jackfield::transport
