// The session's one timer: the next ping, the pong or the client's ping that is due, the last poll of a graceful close.
// protocol.md 1.7: we ping, the interval counts from the pong; 2.4: the client pings; no other traffic moves the timer.
#include "engine/session.hpp"
#include "engine/upgrade_attempt.hpp"

namespace jackfield::engine {

void session::await(wait what, std::chrono::milliseconds time) {
  waits_for_ = what;
  host_.timers().arm(*this, time);
}

void session::fire() {
  switch (waits_for_) {
    case wait::ping_time:  // P64: both times together are what the client counts from the last it heard, to the millisecond
      waits_for_ = wait::pong;
      host_.timers().arm_from_tick(*this, options_.ping_timeout);
      return send_control(protocol::eio_type::ping);
    case wait::pong:
      if (held_by_user_) return await(wait::pong, options_.ping_timeout);  // we are the ones who do not read
      return finish(close_reason::ping_timeout);
    case wait::peer_ping:
      if (held_by_user_) return await_ping();
      return finish(close_reason::ping_timeout);
    case wait::last_poll: return finish(close_reason_);
    case wait::nothing: return;
  }
}

void session::await_ping() { await(wait::peer_ping, options_.ping_interval + options_.ping_timeout); }

/// The answer is bare, whatever the ping carried, as the reference's.
void session::on_ping() {
  if (revision_ != protocol::eio_revision::v3) return on_wrong_heartbeat();
  await_ping();
  answer_ping();
}

/// Asked for or not, as the reference.
void session::on_pong() {
  if (revision_ == protocol::eio_revision::v3) return on_wrong_heartbeat();
  await(wait::ping_time, options_.ping_interval);
}

void session::on_wrong_heartbeat() { finish(close_reason::transport_error, "invalid heartbeat direction"); }

/// The peer could not have answered until now: another road, or reading that was paused. The time of the next
/// ping is left alone: the peer's own deadline counts from the last ping it saw.
void session::restart_pong_timeout() {
  if (waits_for_ == wait::pong && state_ == ready_state::open) await(wait::pong, options_.ping_timeout);
}

}  // namespace jackfield::engine
