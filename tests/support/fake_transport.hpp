// Recording transports of both kinds, for tests of the session and of what is above it.
//
//   auto ws = make_ref<fake_stream>();         streaming: everything sent appears in ws->take()
//   ws->hold();  … ws->drain(session);         the operating system does not take bytes / has taken all
//   auto poll = make_ref<fake_poll>();
//   poll->park(session);                       the client's GET arrives (before open(): park())
//   poll->take()                               the answers given, one vector of packets per GET
//
// Packets are written as they look on a WebSocket in text form: "4hello", "2", "3probe"; binary messages
// as 'b' and the raw bytes.
#pragma once

#include "base/ref.hpp"
#include "engine/session.hpp"
#include "engine/transport.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::test {

using packets = std::vector<std::string>;

inline std::string written(const protocol::eio_packet& p) {
  const char first = p.kind == protocol::payload_kind::binary ? 'b' : protocol::digit(p.type);
  return first + std::string(p.data);
}

/// The packet that such a text stands for; "b…" is binary. Borrowed from `text`. REQUIRES: not empty.
inline protocol::eio_packet packet_of(std::string_view text) {
  if (text.front() == 'b') return {protocol::eio_type::message, protocol::payload_kind::binary, text.substr(1)};
  return {static_cast<protocol::eio_type>(text.front() - '0'), protocol::payload_kind::text, text.substr(1)};
}

/// What both kinds record.
class fake_transport : public engine::transport {
 public:
  void send(const engine::outgoing& shared) final {
    std::vector<protocol::eio_packet> batch;
    for (const auto& m : shared.messages()) batch.push_back({protocol::eio_type::message, m.kind, m.data.chars()});
    ++shared_sends;
    send(batch, shared.compress());
  }
  using engine::transport::send;
  void abort() override {
    aborted = true;
    close();
  }
  void detach() noexcept override { detached = true; }
  void pause_reading(bool p) override {
    misused |= detached;
    paused = p;
  }

  bool closed = false;
  bool aborted = false;
  bool detached = false;
  bool paused = false;
  bool misused = false;  // called after detach(), or asked to send when it was not ready
  int shared_sends = 0;
  engine::compression last_compression = engine::compression::none;
};

/// A WebSocket.
class fake_stream final : public fake_transport {
 public:
  engine::transport_kind kind() const noexcept override { return engine::transport_kind::websocket; }
  bool ready() const noexcept override { return !closed; }
  bool idle() const noexcept override { return !closed && waiting_ == 0; }
  std::size_t unsent_bytes() const noexcept override { return waiting_; }
  void send(std::span<const protocol::eio_packet> batch, engine::compression c) override {
    misused |= detached || !ready();
    for (const auto& p : batch) {
      sent_.push_back(written(p));
      if (held_) waiting_ += p.data.size() + 1;
    }
    last_compression = c;
  }
  using fake_transport::send;
  void close() override {
    misused |= detached;
    closed = true;
  }

  /// From now on the operating system takes nothing.
  void hold() { held_ = true; }
  /// It takes all but `left` bytes, and the session hears of it.
  void drain(engine::session& s, std::size_t left = 0) {
    waiting_ = left;
    held_ = left > 0;
    s.on_transport_ready(*this);
  }
  void want_drain(bool wanted) override { drain_wanted = wanted; }
  bool drain_wanted = false;  // without it a real one would not tell
  packets take() { return std::exchange(sent_, {}); }

 private:
  packets sent_;
  bool held_ = false;
  std::size_t waiting_ = 0;
};

/// Polling: the answers to the GETs.
class fake_poll final : public fake_transport {
 public:
  engine::transport_kind kind() const noexcept override { return engine::transport_kind::polling; }
  bool ready() const noexcept override { return parked_; }
  bool idle() const noexcept override { return parked_; }
  std::size_t unsent_bytes() const noexcept override { return 0; }
  void send(std::span<const protocol::eio_packet> batch, engine::compression c) override {
    misused |= detached || !ready() || batch.empty();
    packets answer;
    for (const auto& p : batch) answer.push_back(written(p));
    answers_.push_back(std::move(answer));
    parked_ = false;
    last_compression = c;
  }
  using fake_transport::send;
  void close() override {
    misused |= detached;
    closed = true;
    if (std::exchange(parked_, false)) answers_.push_back({"1"});
  }

  /// A GET arrives before the session is opened.
  void park() { parked_ = true; }
  /// A GET arrives. A dead road answers nothing.
  void park(engine::session& s) {
    if (closed) return;
    parked_ = true;
    s.on_transport_ready(*this);
  }
  /// The connection of the parked GET breaks.
  void drop_get(engine::session& s) {
    parked_ = false;
    s.on_transport_lost(*this, engine::close_reason::transport_error, "poll connection closed prematurely");
  }
  bool parked() const noexcept { return parked_; }
  std::vector<packets> take() { return std::exchange(answers_, {}); }

 private:
  std::vector<packets> answers_;
  bool parked_ = false;
};

/// The client sends these packets on t, one after another as in one payload. False: a packet was not wanted any more.
inline bool deliver(engine::session& s, engine::transport& t, const packets& payload) {
  for (const auto& p : payload)
    if (!s.on_packet(t, packet_of(p))) return false;
  return true;
}

/// A listener that writes down what it hears.
class recording_listener final : public engine::session_listener {
 public:
  void on_message(engine::session&, protocol::payload_kind kind, std::string_view data) override {
    messages.push_back((kind == protocol::payload_kind::binary ? "b" : "") + std::string(data));
  }
  void on_drain(engine::session&) override { ++drains; }
  void on_packet(engine::session&, const protocol::eio_packet& p) override { packets_seen.push_back(written(p)); }
  void on_open(engine::session&) override { ++opens; }
  void on_upgrade(engine::session&, engine::transport_kind) override { ++upgrades; }
  void on_upgrade_error(engine::session&, std::string_view why) override { upgrade_errors.emplace_back(why); }
  void on_close(engine::session&, engine::close_reason why, std::string_view text) override {
    ++closes;
    reason = why;
    description = text;
  }

  packets messages;
  packets packets_seen;
  int drains = 0;
  int opens = 0;
  int upgrades = 0;
  packets upgrade_errors;
  int closes = 0;
  engine::close_reason reason{};
  std::string description;
};

}  // namespace jackfield::test
