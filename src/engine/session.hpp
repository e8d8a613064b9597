// session: one Engine.IO connection of a client, whatever roads it travels (the reference's
// engine.Socket). Pure: no system call, no clock; packets and time come in, packets go out through
// transports, timers are asked of the host's wheel. protocol.md 1.7 (heartbeat), 1.8 (upgrade), 1.9 (close).
//
// Owner: the registry until the close event, then whoever still holds a ref. Thread: one, its host's.
// Every public function may be called from inside any of the listener's callbacks.
#pragma once

#include "base/host.hpp"
#include "base/ref.hpp"
#include "engine/outgoing.hpp"
#include "engine/transport.hpp"
#include "protocol/eio_packet.hpp"

#include <jackfield/http.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace jackfield::engine {

/// Why a session ended, in the reference's words (protocol.md 1.9) and one of ours.
enum class close_reason : std::uint8_t {
  transport_close,   // the peer closed
  transport_error,   // the road broke, or the peer broke the transport's rules
  ping_timeout,      // no pong in time
  parse_error,       // an undecodable Engine.IO packet
  forced_close,      // close() here
  server_shutdown,   // the server is closing
  slow_consumer,     // the peer took too long to take what was sent (ours)
};
std::string_view name_of(close_reason) noexcept;

struct session_options {
  std::chrono::milliseconds ping_interval{25000};
  std::chrono::milliseconds ping_timeout{20000};
  std::chrono::milliseconds upgrade_timeout{10000};
  std::size_t max_unsent_bytes = 4u << 20;    // S32: at more, the session ends with slow_consumer
  std::size_t pause_reading_bytes = 1u << 20; // S32: at more, reading from the peer stops until it has taken half
};

/// The floor above: the mux of the Socket.IO server, or a plain Engine.IO application.
class session_listener {
 public:
  /// A message. The data is valid during the call only.
  virtual void on_message(session&, protocol::payload_kind, std::string_view data) = 0;
  /// Everything sent has been handed to the operating system (or the parked GET).
  virtual void on_drain(session&) {}
  /// A packet of any type arrived, but for probes on a candidate.
  virtual void on_packet(session&, const protocol::eio_packet&) {}
  /// The road changed.
  virtual void on_upgrade(session&, transport_kind) {}
  /// Once, last. `description` is for people; may be empty.
  virtual void on_close(session&, close_reason, std::string_view description) = 0;

 protected:
  ~session_listener() = default;
};

enum class ready_state : std::uint8_t { opening, open, closing, closed };

class session : public base::ref_counted<session> {
 public:
  /// `request` is the head of the request that opened the session; `options` outlive the session.
  session(base::host& host, const session_options& options, std::string id, http_head_ref request, std::string remote_address);
  ~session();

  // --- identity
  const std::string& id() const noexcept { return id_; }
  const http_head& request() const noexcept { return *request_; }
  const http_head_ref& request_ref() const noexcept { return request_; }
  const std::string& remote_address() const noexcept { return remote_address_; }
  ready_state state() const noexcept { return state_; }
  bool upgrading() const noexcept { return candidate_ != nullptr; }
  bool upgraded() const noexcept { return upgraded_; }
  transport* road() const noexcept { return transport_.get(); }   // null after the close
  base::host& host() const noexcept { return host_; }
  /// The road can take a volatile message now.
  bool writable() const noexcept;
  std::size_t unsent_bytes() const noexcept;

  /// Null: messages are discarded. The listener outlives the session's open time.
  void set_listener(session_listener* l) noexcept { listener_ = l; }
  session_listener* listener() const noexcept { return listener_; }

  // --- the floor above
  /// Queues one packet group (a text and its attachments): it stays together and in order. Discarded
  /// silently unless the session is open. Returns false when it was dropped (volatile or not open).
  bool send(std::span<const message_view> group, delivery how = delivery::regular, compression c = compression::allowed);
  bool send(const outgoing_ref& shared);
  /// Graceful: what is queued goes out first, then the road is closed (protocol.md 1.9). `reason` is
  /// what the close event says: forced_close, or server_shutdown.
  void close(close_reason reason = close_reason::forced_close);
  /// Closes the road at once, drops what is queued.
  void discard(close_reason reason = close_reason::forced_close);
  /// Back-pressure: asks the road to stop or go on reading.
  void pause_reading(bool paused);

  // --- the floor below
  /// Starts the session: `open_payload` is the JSON of the open packet, `initial` an extra message or
  /// nothing. Heartbeat begins.
  void open(transport_ref first, std::string_view open_payload, std::string_view initial = {});
  /// A packet arrived on t (current road or candidate). False: stop feeding, the road or session is gone.
  bool on_packet(transport& t, const protocol::eio_packet& p);
  /// t could not decode what arrived: the session ends with parse_error.
  void on_undecodable(transport& t);
  /// t ended or failed. Candidate: the upgrade is off. Current: the session ends with `why`.
  void on_transport_lost(transport& t, close_reason why, std::string_view description);
  /// A poll was parked or a stream finished writing: there may be something to send, volatile may flow.
  void on_transport_ready(transport& t);
  /// A second road was opened for this session. False: refused (one is under way or done); the caller closes it.
  bool offer_candidate(transport_ref candidate);

 private:
  friend struct session_access;   // heartbeat.cpp, upgrade.cpp, close.cpp: the operations, one file each
  struct upgrade_attempt;
  struct queued;

  base::host& host_;
  const session_options& options_;
  session_listener* listener_ = nullptr;
  std::string id_;
  http_head_ref request_;
  std::string remote_address_;
  transport_ref transport_;
  std::unique_ptr<upgrade_attempt> candidate_;
  std::deque<queued>* queue_ = nullptr;
  ready_state state_ = ready_state::opening;
  bool upgraded_ = false;
};

using session_ref = base::ref<session>;

}  // namespace jackfield::engine
