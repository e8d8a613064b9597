// socket: a client in a namespace, on the server: the endpoint, its rooms, its data, its end (protocol.md 4.2, 4.9).
// Owner: the connection while it is joined; the program's handles. Thread: the worker's, but for what says otherwise.
#pragma once

#include "adapter/rooms.hpp"
#include "engine/short_string.hpp"
#include "socket/endpoint.hpp"

#include <jackfield/handler.hpp>
#include <jackfield/recovery.hpp>
#include <jackfield/value.hpp>

#include <any>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::srv {

class connection;
class nsp;
class shard;
struct recoverable;

class socket final : public sio::endpoint, public adapter::member {
 public:
  /// `auth`: JSON of an object, or empty; `attachments`: what its placeholders stand for.
  socket(nsp& n, connection& c, std::string_view auth, std::span<const bytes_view> attachments);
  ~socket() override;

  // Any thread.
  std::string_view id() const noexcept { return id_.view(); }
  nsp& of() const noexcept { return *nsp_; }
  connection& client() const noexcept { return *connection_; }

  const value& auth() const noexcept;
  std::chrono::system_clock::time_point issued() const noexcept { return issued_; }
  std::any& data() { return own().data; }
  /// Which of the namespace's sockets this is: numbers are not used twice.
  std::uint64_t serial() const noexcept { return serial_; }
  /// Null: recovery is off. Which it is does not change.
  recoverable* recovery_state() const noexcept { return recoverable_.get(); }
  const recovery_report& recovery_outcome() const noexcept;
  /// It is restored: what it was called before. REQUIRES: nobody knows it yet.
  void take_identity(std::string_view sid) { id_ = engine::short_string(sid); }

  /// endpoint::emit(), and what is kept for those who come back. Any thread.
  bool emit(const detail::emit_flags& f, packer& p, sio::waiter_ref w);

  // --- connection procedure
  void welcome();    // connecting -> connected: enters the namespace, sends CONNECT
  void turn_away();  // connecting -> gone
  /// `pid`: empty: none.
  void send_connect(std::string_view pid);
  /// Its rooms again, when it is restored.
  void rejoin();

  // --- end
  /// The sequence of protocol.md 4.9; nothing when it is not connected. Sends nothing.
  void end(disconnect_reason why, std::string_view description = {});
  /// The client's DISCONNECT: the sequence, behind events that wait for handlers.
  void on_leave();
  /// disconnect(): DISCONNECT, then the sequence.
  void leave_namespace();
  /// The worker ends: handlers are dropped, not called.
  void abandon();

  // --- rooms
  bool join(std::string_view room);
  void leave(std::string_view room);

  /// Into the cache, soon to be sent to.
  void fetch() const noexcept {
    __builtin_prefetch(this);
    __builtin_prefetch(&connection_);
  }

  std::string_view nsp_name() const noexcept override;
  void on_fault(std::string_view where, std::exception_ptr thrown) noexcept override;
  engine::session* session() const noexcept override;

 private:
  std::uint64_t next_ack_id() noexcept override;
  std::uint64_t lane_id() const noexcept override { return serial_; }
  void hold_peer(bool held) override;
  void on_displaced(const engine::displacement& d) noexcept override;
  void leave_now() override { end(disconnect_reason::client_namespace_disconnect); }
  void on_bad_event(std::string_view event, const error& e) noexcept override;
  std::string_view member_id() const noexcept override { return id(); }
  void send(packet_type type, std::string_view json);
  void bury();
  struct belongings {
    value auth{object()};
    std::any data;
  };
  belongings& own();

  base::ref<nsp> nsp_;
  base::ref<connection> connection_;
  engine::short_string id_;
  std::uint64_t serial_;
  std::chrono::system_clock::time_point issued_;
  std::unique_ptr<belongings> belongings_;  // null: auth is {}, and nobody asked for data
  std::unique_ptr<recoverable> recoverable_;
};

}  // namespace jackfield::srv
