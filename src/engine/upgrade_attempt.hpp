// The state of an upgrade that is being tried; private to the session. Exists from offer_candidate(), or the client's dial, until
// the switch or the failure. Owner: its session.
#pragma once

#include "engine/session.hpp"

namespace jackfield::engine {

struct session::upgrade_attempt {
  static constexpr int max_probes = 16;                        // S22
  static constexpr std::chrono::milliseconds poll_check{100};  // protocol.md 1.8
  static constexpr int asked = 1, answered = 2;                // what a client's `probes` says

  upgrade_attempt(session& s, transport_ref r) : owner(s), road(std::move(r)) {}
  void on_deadline() { owner.on_upgrade_timeout(); }  // destroys *this
  void on_poll_check() { owner.release_poll(); }

  session& owner;
  transport_ref road;
  int probes = 0;  // a server's: how many were answered
  base::member_timer<upgrade_attempt, &upgrade_attempt::on_deadline> deadline{*this};
  base::member_timer<upgrade_attempt, &upgrade_attempt::on_poll_check> poll_timer{*this};
};

}  // namespace jackfield::engine
