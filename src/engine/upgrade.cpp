// The way from polling to WebSocket (protocol.md 1.8):
//
//   candidate            session                      polling
//   2probe       ->      3probe back
//                        every 100 ms, a parked GET:  <- 6
//   5            ->      the candidate is the road; what was queued goes out on it
//   else, late   ->      the candidate is closed; polling goes on and may try again
#include "engine/session.hpp"
#include "engine/upgrade_attempt.hpp"

#include <utility>

namespace jackfield::engine {

using protocol::eio_packet;
using protocol::eio_type;
using protocol::payload_kind;

bool session::offer_candidate(transport_ref candidate) {
  const bool welcome =
      state_ == ready_state::open && !streaming_ && !candidate_ && candidate->kind() == transport_kind::websocket;
  if (!welcome) return false;
  candidate_ = std::make_unique<upgrade_attempt>(*this, std::move(candidate));
  host_.timers().arm(candidate_->deadline, options_.upgrade_timeout);
  return true;
}

/// True: t is still heard.
bool session::on_candidate_packet(transport& t, const eio_packet& p) {
  if (!candidate_ || candidate_->road.get() != &t) return false;  // closed or replaced meanwhile
  if (p.type == eio_type::upgrade && candidate_->probes > 0) {
    switch_roads();
    return &t == road_.get();
  }
  if (answer_probe(p)) return true;
  drop_candidate();
  return false;
}

bool session::answer_probe(const eio_packet& p) {
  auto& c = *candidate_;
  if (p.type != eio_type::ping || p.data != "probe" || c.probes >= upgrade_attempt::max_probes || !c.road->ready()) return false;
  const eio_packet answer{eio_type::pong, payload_kind::text, "probe"};
  c.road->send({&answer, 1}, compression::none);
  if (++c.probes == 1) host_.timers().arm(c.poll_timer, upgrade_attempt::poll_check);
  return true;
}

/// The client waits for its GET to return before it switches: a parked one is sent home.
void session::release_poll() {
  host_.timers().arm(candidate_->poll_timer, upgrade_attempt::poll_check);
  if (flush()) return drained();  // polling
  if (!road_->ready()) return;
  const eio_packet noop{eio_type::noop, payload_kind::text, {}};
  road_->send({&noop, 1}, compression::none);
}

void session::switch_roads() {
  auto next = std::move(std::exchange(candidate_, nullptr)->road);
  retire(std::exchange(road_, std::move(next)));
  streaming_ = true;
  upgraded_ = true;
  reading_paused_ = false;  // nobody told this road yet
  flush();
  relieve_peer();
  apply_pause();
  tell_road();
  if (state_ == ready_state::closing) return finish(close_reason_);
  restart_pong_timeout();
  if (listener_) listener_->on_upgrade(*this, transport_kind::websocket);
}

void session::on_upgrade_timeout() { drop_candidate(); }

void session::drop_candidate() {
  if (const auto failed = std::exchange(candidate_, nullptr)) retire(std::move(failed->road));
}

}  // namespace jackfield::engine
