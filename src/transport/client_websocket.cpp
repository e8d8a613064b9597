#include "transport/client_websocket.hpp"

#include "base/base64.hpp"
#include "base/random.hpp"
#include "protocol/eio_payload.hpp"
#include "wire/ws_client_handshake.hpp"

#include <array>
#include <utility>

namespace jackfield::transport {

using engine::close_reason;
using protocol::eio_packet;
using protocol::payload_kind;
using wire::ws_opcode;

namespace {

wire::deflate_wish wish(const dial_options& o) noexcept {
  return o.deflate ? wire::deflate_wish::offered : wire::deflate_wish::none;
}

std::string closed_sentence(std::uint16_t code, std::string_view reason) {
  if (code == 1006)
    return reason.empty() ? "the WebSocket's connection was closed" : "the WebSocket's connection ended: " + std::string(reason);
  std::string text = "the server closed the WebSocket";
  if (code != 1005) text += " with code " + std::to_string(code);
  if (!reason.empty()) text += ": " + std::string(reason);
  return text;
}

}  // namespace

client_websocket::client_websocket(net::worker& w, dial_plan_ref plan) : worker_(w), plan_(std::move(plan)) {}

client_websocket::~client_websocket() {
  give_up();
  if (ws_) ws_->silence();
}

void client_websocket::start(engine::session& s, std::string_view sid) {
  session_ = &s;
  sid_ = sid;
  opening_ = net::opener::start(worker_, plan_->to, [this](std::unique_ptr<net::stream> stream, std::string why) {
    on_opened(std::move(stream), std::move(why));
  });
}

void client_websocket::on_opened(std::unique_ptr<net::stream> s, std::string why) {
  base::ref<client_websocket> self(this);
  worker_.bury(std::move(opening_));
  if (!s) return lose(why);
  std::array<std::byte, 16> random;
  base::fill_random(random);
  key_ = wire::ws_key(random);
  auto head = plan_->head("GET", engine::name_of(kind()), sid_);
  wire::append_ws_request(head, key_, wish(plan_->options), plan_->options.protocols);
  head += "\r\n";
  calling_ = base::make_ref<net::http_caller>(std::move(s), plan_->reply_limits);
  calling_->start();
  calling_->call({.head = head, .kind = wire::http_request_kind::upgrade, .limit = plan_->options.request_time}, *this);
}

void client_websocket::on_reply(net::http_caller&, wire::http_reply& reply) {
  base::ref<client_websocket> self(this);
  const auto answer = wire::ws_check_answer(reply, key_, wish(plan_->options), plan_->options.protocols);
  if (!answer.why.empty()) return lose(answer.why);
  open(answer.deflate ? &*answer.deflate : nullptr);
}

void client_websocket::open(const wire::deflate_params* agreed) {
  std::string early;
  auto s = calling_->take_stream(early);
  worker_.bury(std::move(calling_));
  if (!s) return lose("the connection ended as the WebSocket was opened");
  ws_ = base::make_ref<net::ws_connection>(std::move(s), plan_->ws, agreed);
  ws_->start(*this, early);
  ws_->want_drain(drain_wanted_);
  ws_->pause(paused_);
  if (session_) session_->on_transport_ready(*this);
}

void client_websocket::on_call_failed(net::http_caller&, std::string_view why) {
  base::ref<client_websocket> self(this);
  lose("the opening of the WebSocket: " + std::string(why));
}

// --- sending

void client_websocket::send_one(const eio_packet& p, engine::compression c) {
  const bool compress = c == engine::compression::allowed;
  if (p.kind == payload_kind::text) {
    const char type = digit(p.type);
    return ws_->send(ws_opcode::text, {&type, 1}, p.data, compress);
  }
  if (!plan_->options.base64_only) return ws_->send(ws_opcode::binary, {}, p.data, compress);
  std::string encoded;
  base::base64_encode(as_bytes(p.data), encoded);
  ws_->send(ws_opcode::text, "b", encoded, compress);
}

void client_websocket::send(std::span<const eio_packet> packets, engine::compression c) {
  for (const auto& p : packets) send_one(p, c);
}

void client_websocket::send(const engine::outgoing& shared) {
  for (const auto& m : shared.messages()) send_one({protocol::eio_type::message, m.kind, m.data.chars()}, shared.compress());
}

void client_websocket::want_drain(bool wanted) {
  drain_wanted_ = wanted;
  if (ws_) ws_->want_drain(wanted);
}

void client_websocket::pause_reading(bool paused) {
  paused_ = paused;
  if (ws_) ws_->pause(paused);
}

// --- receiving

void client_websocket::on_text(std::string_view text) {
  if (!session_) return;
  base::ref<client_websocket> self(this);
  std::string decoded;
  if (const auto p = protocol::decode_eio_text(text, decoded))
    session_->on_packet(*this, *p);
  else
    session_->on_undecodable(*this);
}

void client_websocket::on_binary(std::string_view data) {
  if (!session_) return;
  base::ref<client_websocket> self(this);
  session_->on_packet(*this, {protocol::eio_type::message, payload_kind::binary, data});
}

void client_websocket::on_ws_drained() {
  if (!session_) return;
  base::ref<client_websocket> self(this);
  session_->on_transport_ready(*this);
}

// As the reference: whatever ends the connection is a close, but a server that breaks the rules is an error (P197).
void client_websocket::on_ws_closed(net::ws_end how, std::uint16_t code, std::string_view reason) {
  base::ref<client_websocket> self(this);
  if (how == net::ws_end::violation) return lose("the server broke the WebSocket protocol: " + std::string(reason));
  lose(closed_sentence(code, reason), close_reason::transport_close);
}

// --- the end

void client_websocket::lose(std::string_view why, close_reason reason) {
  give_up();
  if (session_) session_->on_transport_lost(*this, reason, why);
}

void client_websocket::close() {
  give_up();
  if (ws_) ws_->close();
}

void client_websocket::abort() {
  give_up();
  if (ws_) ws_->drop();
}

void client_websocket::detach() noexcept {
  session_ = nullptr;
  give_up();
  if (ws_) ws_->silence();
}

/// The opening, if it is still under way.
void client_websocket::give_up() noexcept {
  if (opening_) {
    opening_->cancel();
    worker_.bury(std::move(opening_));
  }
  if (calling_) {
    calling_->drop();
    worker_.bury(std::move(calling_));
  }
}

}  // namespace jackfield::transport
