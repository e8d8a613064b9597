// A peer on WebSocket: handshake, Engine.IO packets as text frames, the probe of an upgrade.
#include "crowd.hpp"
#include "peer.hpp"
#include "wire/ws_encoder.hpp"

namespace jackfield::bench {

// The key of all zeros is a legal one, and masking with it costs this side nothing.
void peer::frame(std::string_view text) { wire::ws_append_masked(out_, wire::ws_opcode::text, text, 0); }

void peer::ask_upgrade() {
  out_ = "GET " + crowd_.settings_.to.path + "?EIO=4&transport=websocket" + (sid_.empty() ? "" : "&sid=" + sid_) +
         " HTTP/1.1\r\n" + crowd_.upgrade_request_;
  expect(wire::http_request_kind::upgrade);
}

void peer::on_frames(std::span<char> data) {
  const auto life = life_;
  for (;;) {
    const wire::ws_event e = decoder_->next(data);
    if (e.kind == wire::ws_event::what::need_more || !on_frame(e) || life_ != life || off()) return;
  }
}

// False: the line is gone.
bool peer::on_frame(const wire::ws_event& e) {
  using what = wire::ws_event::what;
  switch (e.kind) {
    case what::text: on_packet(e.data); return true;
    case what::ping: wire::ws_append_masked(out_, wire::ws_opcode::pong, e.data, 0); return true;
    case what::close: down(trouble::closed); return false;
    case what::error: down(trouble::protocol, "no WebSocket frame, or one too long"); return false;
    case what::need_more:
    case what::binary:
    case what::pong: return true;
  }
  return true;
}

void peer::join() {
  frame(crowd_.connect_packet_);
  stage_ = stage::joining;
}

void peer::on_packet(std::string_view text) {
  switch (text.empty() ? '\0' : text[0]) {
    case '0':
      if (stage_ == stage::opening) join();
      return;
    case '2': ++crowd_.heartbeats_; return frame("3");
    case '3':
      if (stage_ != stage::probing || text != "3probe") return;
      frame("5");
      return join();
    case '4': return on_message(text.substr(1));
    case '1': return down(trouble::closed);
    case '6': return;
    default: return down(trouble::protocol, "no Engine.IO packet");
  }
}

void peer::on_message(std::string_view sio) {
  const nanos when = now();
  const packet p = crowd_.reader_.read(sio);
  switch (p.kind) {
    case packet::what::connected:
      if (stage_ != stage::joining) return;
      stage_ = stage::ready;
      --crowd_.connecting_;
      ++crowd_.ready_;
      return crowd_.watcher_.on_ready(*this, when);
    case packet::what::refused: return down(trouble::unwelcome, p.text);
    case packet::what::ended: return down(trouble::closed);
    case packet::what::malformed: return down(trouble::protocol, "no Socket.IO packet");
    default:
      if (awaited_) --awaited_;
      if (ready()) crowd_.watcher_.on_packet(*this, p, when);
  }
}

}  // namespace jackfield::bench
