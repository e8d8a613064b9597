// manager: one client: opens connections to its server, one after another, and shares them among its sockets
// (protocol.md 5.1-5.4). The reference's Manager. Pure: roads come from a dialer, time and chance from outside.
//
// Owner: the client and its sockets. Thread: the loop's, but for what says otherwise. After end() only what is for any thread is
// left.
#pragma once

#include "base/ref.hpp"
#include "base/shared_function.hpp"
#include "base/timer_wheel.hpp"
#include "client/address.hpp"
#include "client/backoff.hpp"
#include "client/connection.hpp"
#include "client/home.hpp"
#include "client/socket.hpp"
#include "engine/client_session.hpp"
#include "socket/endpoint.hpp"
#include "socket/mux.hpp"

#include <jackfield/client_options.hpp>
#include <jackfield/fault.hpp>
#include <jackfield/handler.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::cl {

enum class manager_event_kind : std::uint8_t {
  open,
  error,
  close,
  ping,
  upgrade,
  reconnect_attempt,
  reconnect,
  reconnect_error,
  reconnect_failed,
};

/// Borrowed during the call; each kind fills what it has.
struct manager_event {
  manager_event_kind kind;
  error what{};             // error, reconnect_error
  disconnect_reason why{};  // close
  std::string_view text{};  // close: description; upgrade: the transport
  std::uint32_t n = 0;      // reconnect…: which attempt
};

/// What a manager is given beside its options.
struct surroundings {
  home_ref where;
  address server;
  std::shared_ptr<engine::dialer> dialer;  // let go when the last session has ended
  engine::remembered_road* memory = nullptr;
  base::unique_function<double()> draw;                 // uniform in [0, 1)
  base::unique_function<void(manager&)> on_finished{};  // after end(), when no session is left
};

class manager final : public base::ref_counted<manager> {
 public:
  manager(surroundings around, client_options options);
  ~manager();

  // Any thread.
  const client_options& options() const noexcept { return options_; }
  const address& server() const noexcept { return around_.server; }
  home& where() const noexcept { return *around_.where; }
  sio::environment& environment() noexcept { return environment_; }
  /// Made when it is new.
  base::ref<socket> of(std::string_view nsp, client_socket_options o);
  bool has(std::string_view nsp) const;
  bool connected() const noexcept { return connected_.load(std::memory_order_acquire); }
  /// Empty: none.
  std::string_view transport() const noexcept;
  listener_id listen(manager_event_kind kind, std::function<void(const manager_event&)> f);
  void off(listener_id one);
  void on_fault(std::function<void(const fault&)> f);
  void report(const fault& f) noexcept;
  /// Calls the program's function, unless this has ended. On the loop.
  void run(const std::function<void()>& f) noexcept;
  /// Runs f now on the loop's thread, or later there; never after end().
  template <class F>
  void on_loop(F&& f) {
    if (ended_.load(std::memory_order_acquire)) return;
    if (where().current()) return f();
    where().post([self = base::ref<manager>(this), f = std::forward<F>(f)]() mutable {
      if (!self->ended_.load(std::memory_order_acquire)) f();
    });
  }

  // --- from the handle
  void open();
  void close();
  void set_reconnection(bool on);
  /// The client is being destroyed: sockets say goodbye and end, and everybody who waits is told. Sessions may take their time to
  /// close: on_finished comes when there are none.
  void end();
  /// end(), and what is left of sessions is dropped: the loop ends.
  void abandon();

  // --- from sockets
  void subscribe(socket& s);
  /// It is not active any more.
  void release(socket& s);
  bool is_open() const noexcept { return state_ == state::open; }
  bool coming_back() const noexcept { return reconnecting_; }
  /// Null: none is open.
  engine::session* session() const noexcept;
  void hold_peer(bool held);
  /// What the server sent makes no sense: "parse error".
  void on_nonsense(std::string_view why);

  // --- from connections
  void on_session_open(connection& c);
  void on_session_closed(connection& c, engine::close_reason why, std::string_view description);
  void on_ping(connection& c);
  void on_session_drain(connection& c);
  void on_upgraded(connection& c, engine::transport_kind to);
  void on_packet(connection& c, const protocol::sio_packet& p);
  void on_undecodable(connection& c, std::string_view why);

 private:
  enum class state : std::uint8_t { closed, opening, open };
  struct listener;

  void start();
  void on_timeout();
  void failed(error e);
  void lost(disconnect_reason why, std::string_view description);
  void reconnect();
  void on_reconnect_time();
  void let_go();
  void bury(connection_ref c);
  void check_finished();
  void note_road() noexcept;
  void tell(const manager_event& e);
  std::vector<base::ref<socket>> active() const { return active_; }

  surroundings around_;
  client_options options_;
  sio::environment environment_;
  sio::decoding decoding_;
  engine::client_session_options session_options_;
  backoff backoff_;
  std::atomic<bool> ended_{false}, connected_{false};
  std::atomic<std::int8_t> road_{-1};  // an engine::transport_kind
  std::atomic<bool> reconnection_;

  state state_ = state::closed;
  bool reconnecting_ = false;    // an attempt to come back is waited for, or under way
  bool attempt_counts_ = false;  // the opening under way is such an attempt
  bool skip_reconnect_ = false;
  std::uint32_t holds_ = 0;
  connection_ref connection_;
  std::vector<connection_ref> leaving_;
  std::vector<base::ref<socket>> active_;
  base::member_timer<manager, &manager::on_timeout> timeout_{*this};
  base::member_timer<manager, &manager::on_reconnect_time> reconnect_timer_{*this};

  base::shared_function<void(const fault&)> fault_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, base::ref<socket>, std::less<>> sockets_;
  std::vector<std::shared_ptr<listener>> listeners_;
};

}  // namespace jackfield::cl
