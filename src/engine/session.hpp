// session: one Engine.IO connection of a client, whatever roads it travels (the reference's
// engine.Socket). Pure: no system call, no clock; packets and time come in, packets go out through
// transports, timers are asked of the host's wheel. protocol.md 1.7 (heartbeat), 1.8 (upgrade), 1.9 (close); 2.4, 2.5 for
// revision 3, which differs in the heartbeat alone: how packets are spelled is the transports' business.
//
// This class is the session of a server, and what both ends share: sending, the queue, back-pressure, the end. Its other role,
// the client's, is client_session.hpp; the floors above take either. What differs is virtual, and none of it is on the way of
// a message.
//
// Owner: the registry until the close event, then whoever still holds a ref. Thread: one, its host's.
// Every public function may be called from inside any of the listener's callbacks; neither the session
// nor a road of it is destroyed before the end of the turn in which it ended.
// Cost: 176 bytes and its request's head; a queue only while a poll is missing, upgrade state only while one is
// tried. A message on a WebSocket goes to the road without an allocation.
#pragma once

#include "base/host.hpp"
#include "base/ref.hpp"
#include "base/timer_wheel.hpp"
#include "engine/outgoing.hpp"
#include "engine/short_string.hpp"
#include "engine/transport.hpp"
#include "protocol/eio_packet.hpp"

#include <jackfield/http.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace jackfield::engine {

/// Why a session ended, in the reference's words (protocol.md 1.9) and one of ours.
enum class close_reason : std::uint8_t {
  transport_close,  // the peer closed
  transport_error,  // the road broke, or the peer broke the transport's rules
  ping_timeout,     // no pong in time; revision 3: no ping
  parse_error,      // an undecodable Engine.IO packet
  forced_close,     // close() here
  server_shutdown,  // the server is closing
  slow_consumer,    // the peer took too long to take what was sent (ours)
};
std::string_view name_of(close_reason) noexcept;

class packet_queue;

struct session_options {
  std::chrono::milliseconds ping_interval{25000};
  std::chrono::milliseconds ping_timeout{20000};
  std::chrono::milliseconds upgrade_timeout{10000};
  std::size_t max_unsent_bytes = 4u << 20;     // S32: at more, the session ends with slow_consumer; also the longest message
  std::size_t pause_reading_bytes = 1u << 20;  // S32: at more, reading from the peer stops until it has taken half
  std::size_t send_ahead_bytes = 64u << 10;    // a stream holds this much; the rest waits here, where it can still be dropped
};

/// The floor above: the mux of the Socket.IO server, or a plain Engine.IO application.
class session_listener {
 public:
  /// A client's session got its handshake: its id is known, it can send. Before any message. A server's session is open at once.
  virtual void on_open(session&) {}
  /// A message. The data is valid during the call only.
  virtual void on_message(session&, protocol::payload_kind, std::string_view data) = 0;
  /// Everything sent has been handed to the operating system (or the parked GET). Streaming: when watch_drain() asked for it.
  virtual void on_drain(session&) {}
  /// A packet of any type arrived, but for probes on a candidate.
  virtual void on_packet(session&, const protocol::eio_packet&) {}
  /// A packet was handed to the road or queued: when watch_sent() asked for it. Not for noops, probes and goodbyes.
  virtual void on_sent(session&, const protocol::eio_packet&) {}
  /// The road changed.
  virtual void on_upgrade(session&, transport_kind) {}
  /// A client's session tried another road and stays on the one it has; why, for people.
  virtual void on_upgrade_error(session&, std::string_view) {}
  /// Once, last; for a client's session also when it could not be opened. `description` is for people; may be empty.
  virtual void on_close(session&, close_reason, std::string_view description) = 0;

 protected:
  ~session_listener() = default;
};

/// Who keeps the sessions: told first, before the listener, so that the id is unknown in on_close already.
class session_keeper {
 public:
  virtual void on_session_end(session&) noexcept = 0;

 protected:
  ~session_keeper() = default;
};

enum class ready_state : std::uint8_t { opening, open, closing, closed };

class session : base::timer, public base::ref_counted<session> {
 public:
  /// `request` is the head of the request that opened the session; `options` outlive the session.
  session(base::host& host, const session_options& options, std::string_view id, http_head_ref request,
          std::string_view remote_address, protocol::eio_revision revision = protocol::eio_revision::v4);
  ~session() override;

  // --- identity
  std::string_view id() const noexcept { return id_.view(); }
  /// REQUIRES: the session was made with a request.
  const http_head& request() const noexcept { return *request_; }
  const http_head_ref& request_ref() const noexcept { return request_; }
  std::string_view remote_address() const noexcept { return remote_address_.view(); }
  ready_state state() const noexcept { return state_; }
  /// Of the protocol: fixed by the request that opened the session.
  protocol::eio_revision revision() const noexcept { return revision_; }
  bool upgrading() const noexcept { return candidate_ != nullptr; }
  bool upgraded() const noexcept { return upgraded_; }
  transport* road() const noexcept { return road_.get(); }  // null before open() and after the close
  base::host& host() const noexcept { return host_; }
  /// The road can take a volatile message now.
  bool writable() const noexcept;
  /// What the peer has not taken: queued here (with packet_queue::packet_cost for each packet) and in the road.
  std::size_t unsent_bytes() const noexcept;
  /// Of a lane, in the queue here.
  std::size_t waiting_bytes(std::uint64_t lane) const noexcept;

  /// Into the cache, soon to be sent to.
  void fetch() const noexcept {
    __builtin_prefetch(this);
    __builtin_prefetch(&queue_);
  }
  /// The same for its road, one step after the other (transport::fetch). REQUIRES: fetch() was called.
  void fetch_road(std::size_t step) const noexcept {
    if (!streaming_ || !road_) return;
    step == 0 ? __builtin_prefetch(road_.get()) : road_->fetch(step);
  }

  /// Null: messages are discarded. The listener outlives the session's open time.
  void set_listener(session_listener* l) noexcept { listener_ = l; }
  session_listener* listener() const noexcept { return listener_; }
  void set_keeper(session_keeper* k) noexcept { keeper_ = k; }

  // --- the floor above
  /// Sends one packet group (a text and its attachments): it stays together and in order. Polling: at the
  /// end of the turn, with all others, or when a GET arrives. False: dropped (volatile and not writable,
  /// not open, or more than the peer may leave unsent: then the session ends at the end of the turn).
  sent send(std::span<const message_view> group, const terms& t = {}, const lane& from = {});
  sent send(const outgoing_ref& shared, const lane& from = {});
  /// Graceful: what is queued goes out first, then the road is closed (protocol.md 1.9). `reason` is
  /// what the close event says: forced_close, or server_shutdown.
  virtual void close(close_reason reason = close_reason::forced_close);
  /// Closes the road at once; what no road could take until now is dropped.
  virtual void discard(close_reason reason = close_reason::forced_close);
  /// on_drain is wanted on streaming roads too.
  void watch_drain(bool wanted);
  /// on_sent is wanted.
  void watch_sent(bool wanted) noexcept { sent_watched_ = wanted; }
  /// Back-pressure: asks the road to stop or go on reading. While the floor above holds the peer back,
  /// a missing pong is nobody's fault: the ping timeout begins anew when reading goes on.
  void pause_reading(bool paused);

  // --- the floor below
  /// Starts the session: `open_payload` is the JSON of the open packet, `initial` an extra message or
  /// nothing. Heartbeat begins. No callback from inside.
  void open(transport_ref first, std::string_view open_payload, std::string_view initial = {});
  /// A packet arrived on t (current road or candidate). False: stop feeding, the road or session is gone.
  bool on_packet(transport& t, const protocol::eio_packet& p);
  /// t could not decode what arrived: the session ends with parse_error (a candidate: the upgrade is off).
  virtual void on_undecodable(transport& t);
  /// t ended or failed. Candidate: the upgrade is off. Current: the session ends with `why`.
  virtual void on_transport_lost(transport& t, close_reason why, std::string_view description);
  /// A poll was parked or a stream finished writing: there may be something to send, volatile may flow.
  virtual void on_transport_ready(transport& t);
  /// A second road was opened for this session. False: refused (one is under way or done); the caller closes it.
  bool offer_candidate(transport_ref candidate);

 protected:
  struct upgrade_attempt;
  enum class wait : std::uint8_t {
    nothing,
    ping_time,  // revision 4: our next ping
    pong,       // and its answer
    peer_ping,  // revision 3, where the client pings; a client's session: the server's
    last_poll,
  };
  enum class amount : std::uint8_t { what_fits, everything };

  // What the role decides.
  /// A packet on the road while the session is not open. False: stop feeding.
  virtual bool on_early_or_late_packet(transport& t, const protocol::eio_packet& p);
  /// A packet on the road that is no message.
  virtual void on_control_packet(const protocol::eio_packet& p);
  /// True: t is still heard.
  virtual bool on_candidate_packet(transport& t, const protocol::eio_packet& p);
  /// What a poll takes now, out of the queue. REQUIRES: something waits.
  virtual std::span<const protocol::eio_packet> next_payload();
  virtual void await_ping();
  virtual bool must_not_read() const noexcept { return held_by_user_ || held_by_backlog_; }
  virtual void on_upgrade_timeout();

  packet_queue& queue();
  bool waiting() const noexcept;
  bool flush(amount how_much = amount::what_fits);
  void flush_later();
  void send_control(protocol::eio_type type);
  void answer_ping();
  void drained();
  void relieve_peer();
  void apply_pause();
  void tell_road();
  void await(wait what, std::chrono::milliseconds time);
  void drop_candidate();
  void finish(close_reason why, std::string_view description = {});
  void retire(transport_ref road);

 private:
  enum class group_fate : std::uint8_t { direct, queued, replacing, dropped };

  // session.cpp
  struct verdict {
    verdict(group_fate f) noexcept : fate(f) {}
    [[no_unique_address]] displacement displaced;  // so that it is returned in registers
    group_fate fate;
  };
  verdict admit(std::size_t bytes, std::size_t packets, const terms& t, const lane& from);
  bool make_room(std::size_t cost, const terms& t, const lane& from, verdict& v);
  sent enqueue(std::span<message> group, const terms& t, const lane& from, verdict v);
  verdict overrun() noexcept;
  bool takes_at_once(std::size_t bytes) const noexcept;
  bool direct() const noexcept;
  sent hand_over(std::span<const message_view> group, const terms& t, const lane& from);
  sent hand_over(const outgoing_ref& shared, const lane& from);
  void tell_sent(const protocol::eio_packet& p);
  void end_turn();
  void on_road_packet(const protocol::eio_packet& p);
  // heartbeat.cpp
  void fire() override;
  void on_ping();
  void on_pong();
  void on_wrong_heartbeat();
  void restart_pong_timeout();
  // upgrade.cpp
  bool answer_probe(const protocol::eio_packet& p);
  void switch_roads();
  void release_poll();
  // close.cpp
  void on_peer_close();
  void on_last_poll();

 protected:
  ready_state state_ : 4 = ready_state::opening;
  wait waits_for_ : 4 = wait::nothing;
  close_reason close_reason_ : 4 = close_reason::forced_close;  // of a graceful close under way
  protocol::eio_revision revision_ : 3;
  bool streaming_ : 1 = false;  // the road's kind
  bool upgraded_ : 1 = false;
  bool turn_end_asked_ : 1 = false;  // end_turn() is deferred
  bool overrun_ : 1 = false;         // ends with slow_consumer at the end of the turn
  bool held_by_user_ : 1 = false;    // why reading is paused
  bool drain_watched_ : 1 = false;
  bool held_by_backlog_ : 1 = false;
  bool reading_paused_ : 1 = false;  // what the road was told
  bool sent_watched_ : 1 = false;
  base::host& host_;
  const session_options& options_;
  session_listener* listener_ = nullptr;
  session_keeper* keeper_ = nullptr;
  http_head_ref request_;
  transport_ref road_;
  std::unique_ptr<upgrade_attempt> candidate_;
  std::unique_ptr<packet_queue> queue_;
  short_string id_;
  basic_short_string<15> remote_address_;  // of IPv4 inside
};

using session_ref = base::ref<session>;

}  // namespace jackfield::engine
