#include "client/connection.hpp"

#include "client/manager.hpp"

namespace jackfield::cl {

void connection::leave() {
  stop_listening();
  if (session() != nullptr) session()->close();
}

void connection::drop() {
  stop_listening();
  if (session() == nullptr) return;
  session()->set_listener(nullptr);
  session()->discard();
  manager_.where().defer([s = take_session()] {});
}

void connection::on_open(engine::session&) { manager_.on_session_open(*this); }

void connection::on_packet(engine::session&, const protocol::eio_packet& p) {
  if (p.type == protocol::eio_type::ping) manager_.on_ping(*this);
}

void connection::on_drain(engine::session&) { manager_.on_session_drain(*this); }
void connection::on_upgrade(engine::session&, engine::transport_kind to) { manager_.on_upgraded(*this, to); }

void connection::on_close(engine::session& s, engine::close_reason why, std::string_view description) {
  const connection_ref alive(this);
  stop_listening();
  s.set_listener(nullptr);
  manager_.where().defer([gone = take_session()] {});
  manager_.on_session_closed(*this, why, description);
}

void connection::receive(const protocol::sio_packet& p) { manager_.on_packet(*this, p); }
void connection::on_undecodable(protocol::sio_error, std::string_view why) { manager_.on_undecodable(*this, why); }
void connection::on_overdrawn() { manager_.on_undecodable(*this, "unfinished packets are larger than client_limits allow"); }

}  // namespace jackfield::cl
