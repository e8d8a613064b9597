// client_session: the client's end of one Engine.IO connection: dials, reads the handshake, answers pings, moves to a better
// road, closes. protocol.md 1.7-1.10, 1.13. Pure: time and packets come in, roads come from a dialer.
//
//   auto s = base::make_ref<client_session>(host, dialer, options, &memory);
//   s->set_listener(&mux);   s->connect();      on_open, on_message, … on_close
//
// One object is one connection: whoever wants to come back makes another. What is sent before on_open is dropped (send() is
// false). Owner: whoever holds a ref; the listener must stay until on_close, or take itself off with set_listener(nullptr).
// Thread: the host's. Every public function may be called from inside any callback. Errors: on_close says the reason and, in a
// sentence, why. Cost: about 350 bytes; sending is the server's session's.
#pragma once

#include "engine/dialer.hpp"
#include "engine/session.hpp"
#include "protocol/handshake.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace jackfield::engine {

/// What a client learned of the way to its server, for its next session (remember_upgrade). Kept by the owner.
struct remembered_road {
  bool websocket = false;  // the last session got as far as a WebSocket, and nothing has failed since
};

struct client_session_options {
  /// The roads that may be used, best-loved first: the first one opens the session. Others serve try_all_transports, and a
  /// WebSocket the upgrade. None: connect() ends with "no transports available".
  std::vector<transport_kind> transports{transport_kind::polling, transport_kind::websocket};
  bool upgrade = true;              // from polling to WebSocket, when the server offers it
  bool try_all_transports = false;  // one that cannot be opened is followed by the next; what failed is not tried for an upgrade
  bool remember_upgrade = false;    // begin with WebSocket if that is how the last session ended up
  std::chrono::milliseconds upgrade_time{10000};  // for the whole upgrade; then it failed, and polling goes on. Zero: no limit
  std::chrono::milliseconds close_time{10000};    // for what was sent before close() to be taken. Zero: no limit
  std::size_t sid_bytes = 256;                    // a longer session id is no handshake
  std::chrono::milliseconds longest_silence = std::chrono::hours(24);  // pingInterval + pingTimeout beyond it are no handshake
  /// Limits of sending (max_unsent_bytes and the like); the times in it are the server's affair.
  session_options sending{.max_unsent_bytes = 64u << 20, .pause_reading_bytes = 16u << 20};
};

class client_session final : public session {
 public:
  /// All of these outlive the session's open time. `memory` may be null: nothing is remembered.
  client_session(base::host& host, dialer& d, const client_session_options& options, remembered_road* memory = nullptr);

  /// Once. No callback from inside.
  void connect();
  /// What the server said; meaningful after on_open.
  const protocol::eio_open& handshake() const noexcept { return handshake_; }
  /// Graceful: an upgrade that has begun is waited for, what was sent goes out, then the road is closed (protocol.md 1.9). Before
  /// on_open: at once.
  void close(close_reason reason = close_reason::forced_close) override;

  void on_undecodable(transport& t) override;
  void on_transport_lost(transport& t, close_reason why, std::string_view description) override;
  void on_transport_ready(transport& t) override;

 private:
  bool on_early_or_late_packet(transport& t, const protocol::eio_packet& p) override;
  void on_control_packet(const protocol::eio_packet& p) override;
  bool on_candidate_packet(transport& t, const protocol::eio_packet& p) override;
  std::span<const protocol::eio_packet> next_payload() override;
  void await_ping() override;
  bool must_not_read() const noexcept override;
  void on_upgrade_timeout() override;

  // client_session.cpp
  void dial_first();
  bool try_next();
  void on_handshake(const protocol::eio_packet& p);
  void opened();
  bool acceptable() const noexcept;
  void on_close_timeout();
  void go_on_closing();
  void remember(bool websocket) noexcept;
  // client_upgrade.cpp
  void probe();
  bool may_use(transport_kind kind) const noexcept;
  bool switching() const noexcept;
  void send_probe();
  void switch_if_quiet();
  void upgrade_failed(std::string_view why);

  dialer& dialer_;
  const client_session_options& client_;
  remembered_road* memory_;
  std::vector<transport_kind> untried_;  // what may still be dialled; the road in use is its first
  protocol::eio_open handshake_;
  base::member_timer<client_session, &client_session::on_close_timeout> close_limit_{*this};
};

using client_session_ref = base::ref<client_session>;

}  // namespace jackfield::engine
