// client_websocket: the client's road over a WebSocket (protocol.md 1.5): one packet per message. Connects, asks for the upgrade,
// checks the answer, then speaks. Owner: the session. Thread: the worker's.
#pragma once

#include "engine/session.hpp"
#include "engine/transport.hpp"
#include "transport/dial_plan.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::transport {

class client_websocket final : public engine::transport, net::call_handler, net::ws_handler {
 public:
  client_websocket(net::worker& w, dial_plan_ref plan);
  ~client_websocket() override;

  void start(engine::session& s, std::string_view sid);

  engine::transport_kind kind() const noexcept override { return engine::transport_kind::websocket; }
  bool ready() const noexcept override { return ws_ && ws_->open(); }
  bool idle() const noexcept override { return ready() && ws_->idle(); }
  std::size_t unsent_bytes() const noexcept override { return ws_ ? ws_->unsent_bytes() : 0; }
  void send(std::span<const protocol::eio_packet> packets, engine::compression c) override;
  void send(const engine::outgoing& shared) override;
  void close() override;
  void abort() override;
  void detach() noexcept override;
  void want_drain(bool wanted) override;
  void pause_reading(bool paused) override;

 private:
  void on_opened(std::unique_ptr<net::stream> s, std::string why);
  void on_reply(net::http_caller& c, wire::http_reply& reply) override;
  void on_call_failed(net::http_caller& c, std::string_view why) override;
  void open(const wire::deflate_params* agreed);
  void lose(std::string_view why, engine::close_reason reason = engine::close_reason::transport_error);
  void give_up() noexcept;
  void send_one(const protocol::eio_packet& p, engine::compression c);

  void on_text(std::string_view text) override;
  void on_binary(std::string_view data) override;
  void on_ws_closed(net::ws_end how, std::uint16_t code, std::string_view reason) override;
  void on_ws_drained() override;

  net::worker& worker_;
  dial_plan_ref plan_;
  engine::session* session_ = nullptr;
  std::string sid_, key_;
  base::ref<net::opener> opening_;
  base::ref<net::http_caller> calling_;
  base::ref<net::ws_connection> ws_;  // null: not open yet, or never
  bool drain_wanted_ = false, paused_ = false;
};

}  // namespace jackfield::transport
