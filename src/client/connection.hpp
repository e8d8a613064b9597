// connection: one Engine.IO session of a client, and its packets: a manager has one at a time, and others that are on their way
// out. Owner: the manager until the session's close event. Thread: the loop's.
#pragma once

#include "base/ref.hpp"
#include "engine/client_session.hpp"
#include "socket/mux.hpp"

namespace jackfield::cl {

class manager;

class connection final : public base::ref_counted<connection>, public sio::mux {
 public:
  connection(manager& m, engine::session& s, sio::decoding& shared) : mux(s, shared), manager_(m) { s.set_listener(this); }
  ~connection() override = default;

  /// What comes from now on is not looked at; what was sent goes out, then the session ends.
  void leave();
  /// The session ends now, and nobody is told.
  void drop();

 private:
  void on_open(engine::session&) override;
  void on_packet(engine::session&, const protocol::eio_packet& p) override;
  void on_drain(engine::session&) override;
  void on_upgrade(engine::session&, engine::transport_kind to) override;
  void on_close(engine::session&, engine::close_reason why, std::string_view description) override;
  void receive(const protocol::sio_packet& p) override;
  void on_undecodable(protocol::sio_error e, std::string_view why) override;
  void on_unfinished() override {}
  void on_overdrawn() override;

  manager& manager_;
};

using connection_ref = base::ref<connection>;

}  // namespace jackfield::cl
