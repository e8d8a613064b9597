// connection: what the server makes of one Engine.IO session: which namespaces the client is in or asks for, and the rules
// that its packets keep (protocol.md 3.5-3.7). The reference's Client.
// Owner: the shard while the session is open; its sockets. Thread: the worker's, but for what says otherwise.
#pragma once

#include "base/ref.hpp"
#include "base/timer_wheel.hpp"
#include "engine/session.hpp"
#include "socket/mux.hpp"

#include <jackfield/connection.hpp>
#include <jackfield/handler.hpp>
#include <jackfield/http.hpp>
#include <jackfield/pending.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace jackfield::srv {

class asking;
class parent;
class shard;
class socket;
class nsp;

class connection final : public base::ref_counted<connection>, public sio::mux {
 public:
  connection(shard& s, engine::session& session);
  ~connection() override;

  // Any thread.
  std::string_view id() const noexcept { return given_session()->id(); }
  std::string_view address() const noexcept { return given_session()->remote_address(); }
  const http_head& request() const noexcept { return given_session()->request(); }
  protocol::eio_revision revision() const noexcept { return given_session()->revision(); }

  shard& home() const noexcept { return shard_; }
  std::size_t joined() const noexcept { return joined_; }
  /// The session is over, and the shard is not to be touched.
  bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }

  /// The rules have decided about a name: it is a child of this parent. Null: it is no namespace.
  void on_asked(asking& a, parent* by);
  /// It is known what s left behind, if anything: to its rooms and the middlewares.
  void go_on(socket& s);

  // --- from sockets
  void on_joined(socket& s);
  /// It is over: refused, or ended for this reason. Once.
  void on_left(socket& s, disconnect_reason why);
  /// disconnect(true): every socket leaves, then the session is closed.
  void disconnect_all();
  /// Ends the session gracefully; sockets that this leaves open end with "forced server close".
  void close();
  /// Reading from the client stops while any socket holds it back.
  void hold_peer(bool held);
  /// `who` is told when nothing that was sent waits any more. On the worker.
  void when_drained(detail::ref<detail::pending_state<void>> who);
  /// conn().close(): the session alone; its close ends the sockets.
  void close_session(unsent what);

  // --- events
  void listen_to(detail::conn_event_kind k, listener_id id, detail::conn_handler f);
  void stop_listening_to(listener_id one);
  /// One more refused CONNECT (S27). True: that was one too many, and the connection is closed.
  bool count_refusal();
  /// The server ends: all sockets with "server shutting down", then the session.
  void shut_down();
  /// The worker ends: nobody is told.
  void abandon();

 private:
  friend class shard;
  void receive(const protocol::sio_packet& p) override;
  void on_undecodable(protocol::sio_error e, std::string_view why) override;
  void on_unfinished() override;
  void on_overdrawn() override;
  void on_packet(engine::session&, const protocol::eio_packet& p) override;
  void on_sent(engine::session&, const protocol::eio_packet& p) override;
  void on_drain(engine::session&) override;
  void on_upgrade(engine::session&, engine::transport_kind to) override;
  void on_close(engine::session&, engine::close_reason why, std::string_view description) override;

  void connect_unasked();
  void receive_from_old_client(const protocol::sio_packet& p);
  void route(const protocol::sio_packet& p, std::string_view auth);
  void on_connect(std::string_view name, std::string_view auth, std::span<const bytes_view> attachments, const slot* known);
  struct extras;
  bool hears(detail::conn_event_kind k) const noexcept;
  void note_listeners();
  void tell(const detail::conn_event& e);

  void ask_about(std::string_view name, std::string_view auth, std::span<const bytes_view> attachments);
  bool enter(nsp& n, std::string_view auth, std::span<const bytes_view> attachments);
  bool is_asked(std::string_view name) const noexcept;
  bool full() const noexcept;
  void forget_questions() noexcept;
  void dismiss(slot& s);
  void erase(const slot& s);
  extras& more();
  void refuse_unknown(std::string_view nsp);
  void end_sockets(disconnect_reason why, std::string_view description);
  void arm_timer();
  void arm_timer(base::duration time);
  void close_for(base::limit l);
  void on_timer();
  void tell_drained(result<void> outcome);

  using deadline = base::member_timer<connection, &connection::on_timer>;

  shard& shard_;
  std::unique_ptr<deadline> deadline_;  // no namespace, or attachments missing (S24, S26); null: was never needed since a join
  std::unique_ptr<extras> extras_;      // null: nothing of it is needed
  std::uint32_t index_ = 0;             // in the shard's list
  std::uint16_t joined_ = 0;
  std::uint16_t holds_ = 0;  // sockets that hold the client back
  std::uint32_t refused_ = 0;
  bool closing_ = false;
  std::atomic<bool> ended_{false};  // the shard is not to be touched
};

}  // namespace jackfield::srv
