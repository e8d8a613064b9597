// socket: a client's end of one namespace (protocol.md 5.5-5.9): the endpoint, what waits until it is connected, CONNECT and its
// answer, retries, recovery. It stays as long as its client: connections come and go.
//
// Life: `connecting` while it is not connected, whether it tries to be or not; `connected`; `gone` when the client was destroyed.
// Owner: the manager; the program's handles. Thread: the loop's, but for what says otherwise.
#pragma once

#include "base/timer_wheel.hpp"
#include "client/retry_queue.hpp"
#include "client/send_buffer.hpp"
#include "socket/endpoint.hpp"

#include <jackfield/client_options.hpp>
#include <jackfield/handler.hpp>
#include <jackfield/pending.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::cl {

class manager;

class socket final : public sio::endpoint {
 public:
  socket(manager& m, std::string nsp, client_socket_options o);
  ~socket() override;

  // Any thread.
  std::string id() const;
  std::string_view nsp_name() const noexcept override { return nsp_; }
  bool active() const noexcept { return active_.load(std::memory_order_acquire); }
  bool recovered() const noexcept { return recovered_.load(std::memory_order_acquire); }
  std::size_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }
  std::size_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }
  manager& home() const noexcept { return *manager_; }
  /// False: dropped; whoever waits was told.
  bool emit(const detail::emit_flags& f, packer& p, sio::waiter_ref w);
  /// `id`: as on_event was given it, with the connection that it came on.
  void answer(std::uint64_t id, packer& p) override;
  void when_drained(detail::ref<detail::pending_state<void>> who);
  /// f is called when the client is destroyed, or now.
  void on_end(listener_id id, std::function<void()> f);

  // --- from the handle
  void connect();
  void disconnect();
  void set_auth(client_auth a) { options_.auth = std::move(a); }
  void off_end(listener_id id);
  /// A handler of `connect` that was registered from another thread.
  void add_connect_handler(sio::handler_ref h);

  // --- from the manager
  /// The connection is open: CONNECT.
  void on_open();
  void on_packet(const protocol::sio_packet& p);
  /// The connection could not be opened, or broke.
  void on_failed(const error& e);
  /// It is over.
  void on_closed(disconnect_reason why, std::string_view description);
  void on_drain() { check_drained(); }
  /// The client is being destroyed: `say_goodbye` first.
  void say_goodbye();
  void end();
  /// For a socket that is asked for when that has happened.
  void be_gone() noexcept { set_state(sio::life::gone); }

  // --- from waiters
  void on_retry_answered(std::uint64_t number, const args& a);
  void on_retry_failed(std::uint64_t number, error e);

  void on_fault(std::string_view where, std::exception_ptr thrown) noexcept override;
  engine::session* session() const noexcept override;

 private:
  enum class standing : std::uint8_t {
    none,
    asking,  // for what CONNECT says
    asked,   // CONNECT is sent and not answered
    joined,
  };
  enum class fate : std::uint8_t { direct, waits, dropped };
  struct early_event {
    std::string json;
    std::vector<bytes> attachments;
    std::optional<std::uint64_t> id;
  };

  // socket.cpp: its life
  void send_connect(value said);
  void on_accepted(const protocol::sio_packet& p);
  void on_refused(const protocol::sio_packet& p);
  void become_connected(std::string sid, std::string pid);
  void become_disconnected(disconnect_reason why, std::string_view description);
  void deactivate();
  void tell_connect_error(std::string_view message, const args* data, errc code);
  void send_packet(packet_type type, std::string_view json, std::span<const bytes_view> attachments = {});
  bool same_connection(std::uint32_t epoch) const noexcept { return state() == sio::life::connected && epoch == epoch_; }
  void set_id(std::string id);

  // socket_events.cpp: what comes in
  void receive(const protocol::sio_packet& p);
  void keep_early(const protocol::sio_packet& p);
  void deliver_early();

  // socket_out.cpp: what goes out
  fate admit(const detail::emit_flags& f, std::optional<std::uint64_t> id, const sio::waiter_ref& w, std::size_t bytes);
  bool emit_here(const detail::emit_flags& f, sio::scratch& s, std::optional<std::uint64_t> id, sio::waiter_ref w);
  bool emit_kept(const detail::emit_flags& f, sio::sent_event e, std::optional<std::uint64_t> id, sio::waiter_ref w);
  bool keep(const detail::emit_flags& f, sio::sent_event e, std::optional<std::uint64_t> id);
  bool send_kept(const sio::sent_event& e);
  void flush_waiting();
  void on_pace();
  void on_age();
  void refuse(const sio::waiter_ref& w, errc code, const char* text) noexcept;
  void fail_question(std::uint64_t id, errc code, const char* text);
  void fail_dropped(const send_buffer::dropped& ids);
  bool emit_reliably(const detail::emit_flags& f, sio::scratch& s, sio::waiter_ref w);
  bool queue_reliably(retry_queue::entry e);
  void drain_retries(bool again);
  void finish_retry(retry_queue::entry e, const args* answered, error why);
  void check_drained();
  void count() noexcept;

  // endpoint
  std::uint64_t next_ack_id() noexcept override { return ack_ids_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t lane_id() const noexcept override { return 0; }
  void hold_peer(bool held) override;
  void leave_now() override;
  void on_bad_event(std::string_view event, const error& e) noexcept override;
  void on_expired(std::uint64_t id) noexcept override;
  base::duration default_ack_time() const noexcept override;

  base::ref<manager> manager_;
  const std::string nsp_;
  client_socket_options options_;
  std::atomic<bool> active_{false}, recovered_{false};
  std::atomic<std::uint64_t> ack_ids_{0};
  std::atomic<std::size_t> waiting_{0}, lost_{0};
  mutable std::mutex id_mutex_;
  std::string id_;  // guarded by id_mutex_

  standing standing_ = standing::none;
  std::uint32_t epoch_ = 0;  // which connection this is; its end counts too
  std::string pid_, offset_;
  std::vector<early_event> early_;
  std::size_t early_bytes_ = 0;
  send_buffer buffer_;
  bool pacing_ = false;  // the buffer is being sent, a few events at a time
  retry_queue retries_;
  std::vector<detail::ref<detail::pending_state<void>>> drains_;
  std::vector<std::pair<listener_id, std::function<void()>>> ends_;
  base::member_timer<socket, &socket::on_pace> pace_timer_{*this};
  base::member_timer<socket, &socket::on_age> age_timer_{*this};
};

}  // namespace jackfield::cl
