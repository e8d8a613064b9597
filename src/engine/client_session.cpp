// Opening, heartbeat and end of a client's session (protocol.md 1.3, 1.7, 1.9, 1.10). The upgrade is client_upgrade.cpp.
#include "engine/client_session.hpp"

#include "engine/packet_queue.hpp"
#include "engine/upgrade_attempt.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace jackfield::engine {

using protocol::eio_packet;
using protocol::eio_type;

namespace {
constexpr std::size_t most_upgrades = 16;  // names in a handshake
}

client_session::client_session(base::host& host, dialer& d, const client_session_options& options, remembered_road* memory)
    : session(host, options.sending, {}, nullptr, {}), dialer_(d), client_(options), memory_(memory) {}

// --- opening

void client_session::connect() {
  if (state_ != ready_state::opening || road_ || !untried_.empty()) return;
  untried_ = client_.transports;
  const auto websocket = std::find(untried_.begin(), untried_.end(), transport_kind::websocket);
  if (client_.remember_upgrade && memory_ && memory_->websocket && websocket != untried_.end())
    std::rotate(untried_.begin(), websocket, std::next(websocket));
  if (!untried_.empty()) return dial_first();
  host_.defer([self = client_session_ref(this)] { self->finish(close_reason::transport_error, "no transports available"); });
}

void client_session::dial_first() {
  road_ = dialer_.dial(*this, untried_.front(), {});
  streaming_ = road_->kind() == transport_kind::websocket;
  reading_paused_ = false;
  apply_pause();
}

/// The road could not be opened. True: another one is on its way.
bool client_session::try_next() {
  if (!client_.try_all_transports || untried_.size() < 2) return false;
  retire(std::exchange(road_, nullptr));
  untried_.erase(untried_.begin());
  dial_first();
  return true;
}

bool client_session::on_early_or_late_packet(transport& t, const eio_packet& p) {
  if (listener_) listener_->on_packet(*this, p);
  if (&t != road_.get()) return false;  // the listener ended it
  if (state_ == ready_state::opening) {
    on_handshake(p);
  } else if (p.type != eio_type::message) {
    on_control_packet(p);
  } else if (listener_) {  // closing: what comes meanwhile is still heard
    listener_->on_message(*this, p.kind, p.data);
  }
  return &t == road_.get();
}

void client_session::on_handshake(const eio_packet& p) {
  const bool well_formed = p.type == eio_type::open && protocol::read_open(p.data, handshake_) && acceptable();
  if (well_formed) return opened();
  static constexpr std::string_view why = "the server's first packet is no Engine.IO handshake";
  if (!try_next()) finish(close_reason::transport_error, why);
}

/// S21: a server may be anybody.
bool client_session::acceptable() const noexcept {
  const auto& h = handshake_;
  const auto silence = h.ping_interval + h.ping_timeout;
  return h.sid.size() <= client_.sid_bytes && h.upgrades.size() <= most_upgrades && silence.count() > 0 &&
         h.ping_interval <= client_.longest_silence && h.ping_timeout <= client_.longest_silence &&
         silence <= client_.longest_silence;
}

void client_session::opened() {
  id_ = short_string(handshake_.sid);
  state_ = ready_state::open;
  remember(streaming_);
  await_ping();
  tell_road();
  if (listener_) listener_->on_open(*this);
  if (state_ == ready_state::open) probe();
}

void client_session::remember(bool websocket) noexcept {
  if (memory_) memory_->websocket = websocket;
}

// --- packets

/// Only the server's pings move the deadline (protocol.md 1.7).
void client_session::await_ping() { await(wait::peer_ping, handshake_.ping_interval + handshake_.ping_timeout); }

void client_session::on_control_packet(const eio_packet& p) {
  if (p.type == eio_type::ping) {
    await_ping();
    return answer_ping();
  }
  // A WebSocket ends with its own handshake. Everything else says nothing to a client.
  if (p.type == eio_type::close && !streaming_) finish(close_reason::transport_close, "transport closed by the server");
}

std::span<const eio_packet> client_session::next_payload() {
  if (switching()) return {};
  const auto most = handshake_.max_payload;
  return queue().take_payload(most > 0 ? most : std::numeric_limits<std::size_t>::max());
}

void client_session::on_transport_ready(transport& t) {
  if (&t != road_.get()) {
    if (candidate_ && candidate_->road.get() == &t) send_probe();
    return;
  }
  if (state_ == ready_state::opening) return;
  if (switching()) return switch_if_quiet();
  const bool went = flush();
  const bool all = !went && !waiting() && (streaming_ ? road_->idle() : road_->unsent_bytes() == 0);
  if (all) {
    drained();
  } else {
    relieve_peer();
  }
  if (state_ == ready_state::closing) go_on_closing();
}

// --- the end

void client_session::close(close_reason reason) {
  if (state_ == ready_state::opening) return finish(reason);
  if (state_ != ready_state::open) return;
  state_ = ready_state::closing;
  close_reason_ = reason;
  if (client_.close_time.count() > 0) host_.timers().arm(close_limit_, client_.close_time);
  flush(amount::everything);
  go_on_closing();
}

/// An upgrade first, then what was sent before close().
void client_session::go_on_closing() {
  if (switching()) return;
  if (streaming_) flush(amount::everything);
  if (!streaming_ && (waiting() || road_->unsent_bytes() > 0)) return;
  finish(close_reason_);
}

void client_session::on_close_timeout() {
  if (state_ == ready_state::closing) finish(close_reason_);
}

void client_session::on_undecodable(transport& t) {
  on_transport_lost(t, close_reason::transport_error, "the server sent what is no Engine.IO packet");
}

void client_session::on_transport_lost(transport& t, close_reason why, std::string_view description) {
  if (&t != road_.get()) {
    if (candidate_ && candidate_->road.get() == &t) upgrade_failed(description);
    return;
  }
  if (why == close_reason::transport_error) remember(false);
  if (state_ == ready_state::opening && try_next()) return;
  finish(why, description);
}

}  // namespace jackfield::engine
