// transport: the road below a session, seen from above. The session gives it packets to send and is
// told of packets received (session::on_packet) and of its end (session::on_transport_lost).
//
// A client's road is dialled (dialer.hpp): the same interface, where a polling one takes packets while no POST is under way.
//
// Two kinds of road: a streaming one (WebSocket) takes packets at any time while open and queues them
// in its own output; a polling one takes packets only while a GET is parked, all of them as one payload.
//
// Owner: the session (its current transport, and a candidate while an upgrade is tried) through a
// ref. Thread: the session's. Never calls back into the session from inside send(), flush() or close().
#pragma once

#include "base/ref.hpp"
#include "engine/outgoing.hpp"
#include "protocol/eio_packet.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace jackfield::engine {

enum class transport_kind : std::uint8_t { polling, websocket };
constexpr std::string_view name_of(transport_kind k) noexcept { return k == transport_kind::polling ? "polling" : "websocket"; }

class session;

class transport : public base::ref_counted<transport> {
 public:
  virtual ~transport() = default;
  virtual transport_kind kind() const noexcept = 0;

  /// May send() be called now? Streaming: until closed. Polling: while a GET is parked and unanswered.
  virtual bool ready() const noexcept = 0;
  /// ready() and nothing of what was sent before still waits here: the test for volatile messages.
  virtual bool idle() const noexcept = 0;
  /// A client's polling road: no request is under way. While reading is paused none is begun but by send(), and the session is
  /// told (on_transport_ready) when the last one has ended.
  virtual bool quiet() const noexcept { return true; }
  /// Bytes accepted and not yet handed to the operating system; a client's polling road: not yet acknowledged.
  virtual std::size_t unsent_bytes() const noexcept = 0;
  /// unsent_bytes(), or not_ready: both questions in one, for whoever sends much.
  virtual std::size_t load() const noexcept { return ready() ? unsent_bytes() : not_ready; }
  static constexpr std::size_t not_ready = static_cast<std::size_t>(-1);

  /// Sends these packets, in order, as one batch. Polling: this is the whole answer to the parked GET.
  /// REQUIRES: ready(). `compress` none: no packet of the batch wants compression.
  virtual void send(std::span<const protocol::eio_packet> packets, compression c) = 0;
  /// Sends one shared packet group (streaming roads; polling ones get send()). REQUIRES: ready().
  virtual void send(const outgoing& shared) = 0;

  /// Orderly end: streaming: what was sent goes out, then the close handshake (no status code);
  /// polling: requests still open are answered (GET: one close packet "1" when parked). Idempotent.
  virtual void close() = 0;
  /// The end of a peer that does not take what it is sent: as close(), but what waits here may be dropped.
  virtual void abort() { close(); }
  /// The session is over or has moved on: no call into it may follow.
  virtual void detach() noexcept = 0;

  /// Streaming: whether session::on_transport_ready() is wanted each time that all output has left. Polling roads tell always.
  virtual void want_drain(bool) {}

  /// Streaming: what send() will need, into the cache: each step (from 1) what is reached through the one before.
  static constexpr std::size_t last_fetch = 3;
  virtual void fetch(std::size_t) const noexcept {}

  /// Back-pressure: stop, or go on, reading from the peer. May be ignored where nothing can be read.
  virtual void pause_reading(bool paused) = 0;
};

using transport_ref = base::ref<transport>;

}  // namespace jackfield::engine
