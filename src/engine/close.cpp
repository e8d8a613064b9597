// Every way in which a session ends (protocol.md 1.9). All of them meet in finish().
//
//   close(), WebSocket                  close handshake, done
//   close(), a GET parked               GET <- 1, done
//   close(), no GET                     next GET <- what was queued, the one after <- 6 1, done; or 30 s later
//   1 received on polling               a parked GET <- 6, done
#include "engine/packet_queue.hpp"
#include "engine/session.hpp"
#include "engine/upgrade_attempt.hpp"

#include <array>
#include <utility>

namespace jackfield::engine {

using protocol::eio_packet;
using protocol::eio_type;
using protocol::payload_kind;

namespace {
constexpr std::chrono::milliseconds last_poll_grace{30000};
}

void session::close(close_reason reason) {
  if (state_ == ready_state::opening) return finish(reason);
  if (state_ != ready_state::open) return;
  state_ = ready_state::closing;
  close_reason_ = reason;
  flush(amount::everything);
  if (streaming_ || road_->ready()) return finish(reason);
  await(wait::last_poll, last_poll_grace);
}

void session::discard(close_reason reason) {
  if (state_ == ready_state::closed) return;
  if (road_) flush(amount::everything);  // sent in this turn, to a poll that was there
  finish(reason);
}

/// A GET came while the session was closing: data first, the goodbye with the GET after it.
void session::on_last_poll() {
  if (flush()) return await(wait::last_poll, last_poll_grace);
  const std::array goodbye{eio_packet{eio_type::noop, payload_kind::text, {}},
                           eio_packet{eio_type::close, payload_kind::text, {}}};
  if (road_->ready()) {
    road_->send(goodbye, compression::none);
    finish(close_reason_);
  }
}

/// Polling only: the peer says goodbye with a packet.
void session::on_peer_close() {
  flush();
  if (road_->ready()) {
    const eio_packet noop{eio_type::noop, payload_kind::text, {}};
    road_->send({&noop, 1}, compression::none);
  }
  finish(close_reason::transport_close);
}

void session::on_undecodable(transport& t) {
  if (&t == road_.get()) {
    finish(close_reason::parse_error);
  } else if (candidate_ && candidate_->road.get() == &t) {
    drop_candidate();
  }
}

void session::on_transport_lost(transport& t, close_reason why, std::string_view description) {
  if (&t == road_.get()) {
    finish(why, description);
  } else if (candidate_ && candidate_->road.get() == &t) {
    drop_candidate();
  }
}

void session::finish(close_reason why, std::string_view description) {
  if (state_ == ready_state::closed) return;
  state_ = ready_state::closed;
  host_.defer([keep = session_ref(this)] {});  // callers and callbacks keep their footing
  waits_for_ = wait::nothing;
  timer::cancel();
  drop_candidate();
  queue_.reset();
  if (road_) {
    if (why == close_reason::slow_consumer) road_->abort();
    retire(std::exchange(road_, nullptr));
  }
  if (keeper_) std::exchange(keeper_, nullptr)->on_session_end(*this);
  if (listener_) std::exchange(listener_, nullptr)->on_close(*this, why, description);
}

/// Closes a road and lets go of it at the end of the turn: it may be the one that is calling.
void session::retire(transport_ref road) {
  road->close();
  road->detach();
  host_.defer([road = std::move(road)] {});
}

}  // namespace jackfield::engine
