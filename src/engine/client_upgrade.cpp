// The client's way from polling to WebSocket (protocol.md 1.8):
//
//   polling                        candidate
//                                  dialled with the sid, open: 2probe ->
//                                  <- 3probe
//   no GET is begun any more, nothing is sent; the GET and the POST under way end
//   (let go of)                    5 ->   it is the road; what was queued goes out on it
//
// Anything else on the candidate, its end or no time left: polling goes on, and the listener hears on_upgrade_error.
#include "engine/client_session.hpp"
#include "engine/upgrade_attempt.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace jackfield::engine {

using protocol::eio_packet;
using protocol::eio_type;
using protocol::payload_kind;

bool client_session::may_use(transport_kind kind) const noexcept {
  return std::find(untried_.begin(), untried_.end(), kind) != untried_.end();
}

bool client_session::switching() const noexcept { return candidate_ && candidate_->probes == upgrade_attempt::answered; }

bool client_session::must_not_read() const noexcept { return session::must_not_read() || switching(); }

void client_session::probe() {
  const auto& offered = handshake_.upgrades;
  const bool wanted = client_.upgrade && !streaming_ && may_use(transport_kind::websocket) &&
                      std::find(offered.begin(), offered.end(), name_of(transport_kind::websocket)) != offered.end();
  if (!wanted) return;
  remember(false);
  candidate_ = std::make_unique<upgrade_attempt>(*this, dialer_.dial(*this, transport_kind::websocket, id()));
  if (client_.upgrade_time.count() > 0) host_.timers().arm(candidate_->deadline, client_.upgrade_time);
}

void client_session::send_probe() {
  if (candidate_->probes > 0) return;
  candidate_->probes = upgrade_attempt::asked;
  const eio_packet ask{eio_type::ping, payload_kind::text, "probe"};
  candidate_->road->send({&ask, 1}, compression::none);
}

bool client_session::on_candidate_packet(transport& t, const eio_packet& p) {
  if (!candidate_ || candidate_->road.get() != &t) return false;
  if (candidate_->probes != upgrade_attempt::asked || p.type != eio_type::pong || p.data != "probe") {
    upgrade_failed("the server did not answer the probe with its echo");
    return false;
  }
  candidate_->probes = upgrade_attempt::answered;
  apply_pause();
  switch_if_quiet();
  return true;
}

void client_session::switch_if_quiet() {
  if (!road_->quiet()) return;
  auto next = std::move(std::exchange(candidate_, nullptr)->road);
  auto before = std::exchange(road_, std::move(next));
  before->detach();  // without a goodbye: that would end the session
  host_.defer([before = std::move(before)] {});
  streaming_ = true;
  upgraded_ = true;
  reading_paused_ = false;  // nobody told this road yet
  const eio_packet here{eio_type::upgrade, payload_kind::text, {}};
  road_->send({&here, 1}, compression::none);
  remember(true);
  flush();
  relieve_peer();
  apply_pause();
  tell_road();
  if (listener_) listener_->on_upgrade(*this, transport_kind::websocket);
  if (state_ == ready_state::closing) go_on_closing();
}

void client_session::on_upgrade_timeout() { upgrade_failed("the upgrade took too long"); }

void client_session::upgrade_failed(std::string_view why) {
  drop_candidate();
  remember(false);
  apply_pause();
  if (waiting() && road_->ready()) flush_later();
  if (listener_) listener_->on_upgrade_error(*this, why);
  if (state_ == ready_state::closing) go_on_closing();
}

}  // namespace jackfield::engine
