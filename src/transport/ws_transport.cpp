#include "transport/ws_transport.hpp"

#include "base/base64.hpp"
#include "protocol/eio3_payload.hpp"
#include "protocol/eio_payload.hpp"

namespace jackfield::transport {

using engine::close_reason;
using engine::compression;
using protocol::eio_packet;
using protocol::payload_kind;
using wire::ws_opcode;

ws_transport::~ws_transport() { detach(); }

void ws_transport::start(engine::session& s, std::string_view early) {
  session_ = &s;
  ws_->start(*this, early);
}

void ws_transport::send_one(const eio_packet& p, compression c) {
  bool compress = c == compression::allowed;
  if (p.kind == payload_kind::text) {
    char type = digit(p.type);
    return ws_->send(ws_opcode::text, {&type, 1}, p.data, compress);
  }
  if (raw())
    return ws_->send(ws_opcode::binary, revision_3() ? protocol::eio3_binary_head : std::string_view(), p.data, compress);
  std::string encoded;
  base::base64_encode(as_bytes(p.data), encoded);
  ws_->send(ws_opcode::text, revision_3() ? "b4" : "b", encoded, compress);
}

void ws_transport::send(std::span<const eio_packet> packets, compression c) {
  for (const auto& p : packets) send_one(p, c);
}

void ws_transport::send(const engine::outgoing& shared) {
  if (raw()) {
    const bool prefixed = revision_3() && shared.has_binary();
    if (ws_->deflate_bits() > 0 && shared.compress() == compression::allowed && shared.bytes() + 1 >= ws_->deflate_threshold())
      return ws_->send_packed_frames(
          cache_.packed_frames(shared, {.window_bits = ws_->deflate_bits(),
                                        .threshold_bytes = ws_->deflate_threshold(),
                                        .binary_head = prefixed ? protocol::eio3_binary_head : std::string_view()}));
    return ws_->send_frames(prefixed ? cache_.prefixed_frames(shared) : cache_.frames(shared));
  }
  for (const auto& m : shared.messages()) send_one({protocol::eio_type::message, m.kind, m.data.chars()}, shared.compress());
}

void ws_transport::close() { ws_->close(); }

void ws_transport::detach() noexcept {
  session_ = nullptr;
  ws_->silence();
}

// Nothing keeps us meanwhile: a session lets go of its road at the end of a turn.
void ws_transport::on_text(std::string_view text) {
  if (!session_) return;
  std::string decoded;
  auto p = revision_3() ? protocol::decode_eio3_text(text, decoded) : protocol::decode_eio_text(text, decoded);
  if (p)
    session_->on_packet(*this, *p);
  else
    session_->on_undecodable(*this);
}

void ws_transport::on_binary(std::string_view data) {
  if (!session_) return;
  if (!revision_3()) return void(session_->on_packet(*this, {protocol::eio_type::message, payload_kind::binary, data}));
  if (const auto p = protocol::decode_eio3_binary(data))
    session_->on_packet(*this, *p);
  else
    session_->on_undecodable(*this);
}

void ws_transport::on_ws_closed(net::ws_end how, std::uint16_t, std::string_view reason) {
  if (!session_) return;
  base::ref<ws_transport> self(this);
  session_->on_transport_lost(*this, how == net::ws_end::closed ? close_reason::transport_close : close_reason::transport_error,
                              reason);
}

void ws_transport::on_ws_drained() {
  if (session_) session_->on_transport_ready(*this);
}

}  // namespace jackfield::transport
