// ws_transport: an Engine.IO session's road over a WebSocket (protocol.md 1.5, 2): one packet per message.
// Owner: the session. Thread: the worker's.
#pragma once

#include "engine/session.hpp"
#include "engine/transport.hpp"
#include "net/ws_connection.hpp"
#include "transport/frame_cache.hpp"
#include "transport/payload_form.hpp"

namespace jackfield::transport {

class ws_transport final : public engine::transport, net::ws_handler {
 public:
  ws_transport(base::ref<net::ws_connection> ws, frame_cache& cache, packet_form form) noexcept
      : ws_(std::move(ws)), cache_(cache), form_(form) {}
  ~ws_transport() override;

  /// From now on packets go to s. `early`: bytes that came behind the handshake.
  void start(engine::session& s, std::string_view early);

  engine::transport_kind kind() const noexcept override { return engine::transport_kind::websocket; }
  bool ready() const noexcept override { return ws_->open(); }
  bool idle() const noexcept override { return ws_->open() && ws_->idle(); }
  std::size_t unsent_bytes() const noexcept override { return ws_->unsent_bytes(); }
  std::size_t load() const noexcept override { return ws_->open() ? ws_->unsent_bytes() : not_ready; }
  void send(std::span<const protocol::eio_packet> packets, engine::compression c) override;
  void send(const engine::outgoing& shared) override;
  void close() override;
  void abort() override { ws_->drop(); }
  void detach() noexcept override;
  void want_drain(bool wanted) override { ws_->want_drain(wanted); }
  void fetch(std::size_t step) const noexcept override { step == 1 ? __builtin_prefetch(ws_.get()) : ws_->fetch(step - 2); }
  void pause_reading(bool paused) override { ws_->pause(paused); }

 private:
  void on_text(std::string_view text) override;
  void on_binary(std::string_view data) override;
  void on_ws_closed(net::ws_end how, std::uint16_t code, std::string_view reason) override;
  void on_ws_drained() override;
  void send_one(const protocol::eio_packet& p, engine::compression c);
  bool raw() const noexcept { return form_.binary == binary_form::raw; }
  bool revision_3() const noexcept { return form_.revision == protocol::eio_revision::v3; }

  base::ref<net::ws_connection> ws_;
  frame_cache& cache_;
  engine::session* session_ = nullptr;
  packet_form form_;
};

}  // namespace jackfield::transport
