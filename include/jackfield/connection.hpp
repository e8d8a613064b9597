// connection: the Engine.IO connection below a socket, shared by all sockets of one client: a handle, cheap to copy, safe to
// keep. protocol.md 1.11 (session members and events).
//
// Thread: id(), remote_address(), request(), on_…, off, send and close are for any thread (off the worker they are done there
// later, in order); the rest is for the worker, where the events come too. Handlers end with the connection. An event that
// nobody listens to costs nothing. What a handler throws is told to on_fault.
#pragma once

#include <jackfield/bytes.hpp>
#include <jackfield/handler.hpp>
#include <jackfield/http.hpp>

#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace jackfield {

namespace srv {
class connection;
void intrusive_ptr_add_ref(const connection*) noexcept;
void intrusive_ptr_release(const connection*) noexcept;
}  // namespace srv

/// One Engine.IO packet, as it is on the wire but for its digit. Views: valid during the call.
struct conn_packet {
  std::string_view type;  // "open", "close", "ping", "pong", "message", "upgrade", "noop"
  std::string_view data;  // a message: of Socket.IO, encoded
  bool binary;            // the data is an attachment's bytes
};

/// Where a connection is in its life.
enum class conn_state : std::uint8_t {
  opening,  // the open packet was not sent yet
  open,     // packets go both ways
  closing,  // close() was called, and what was sent goes out first
  closed,   // over: on_close has run, or runs
};

/// What close() does with packets that were not sent yet.
enum class unsent : std::uint8_t {
  flush,    // they go out first
  discard,  // they are dropped
};

namespace detail {

enum class conn_event_kind : std::uint8_t { upgrade, packet, packet_create, drain, heartbeat, close };

/// Borrowed during the call; each kind fills what it has.
struct conn_event {
  conn_event_kind kind;
  conn_packet packet{};
  std::string_view text{};  // upgrade: the transport; close: the description
  disconnect_reason why{};
};
using conn_handler = std::function<void(const conn_event&)>;

}  // namespace detail

class connection {
 public:
  /// The Engine.IO session's id, a secret between client and server. Valid while a handle is held.
  std::string_view id() const noexcept;
  /// Of the peer's end of the TCP connection that brought the first request.
  std::string_view remote_address() const noexcept;
  /// The request that opened the connection. Valid while a handle is held.
  const http_head& request() const noexcept;

  /// "polling" or "websocket"; empty after the end.
  std::string_view transport() const noexcept;
  /// The revision of Engine.IO that it speaks: 4, or 3 (server_options::allow_eio3).
  int protocol() const noexcept;
  conn_state ready_state() const noexcept;  // where it is in its life
  bool upgrading() const noexcept;          // a WebSocket is being tried beside polling
  bool upgraded() const noexcept;           // it went on to a WebSocket
  /// A volatile event would be sent now.
  bool writable() const noexcept;

  /// `([std::string_view transport])`: the connection went on to another transport.
  template <class F>
  listener_id on_upgrade(F&& f) const {
    return add(kind::upgrade, [f = std::forward<F>(f)](const event& e) mutable {
      if constexpr (std::is_invocable_v<F&, std::string_view>)
        f(e.text);
      else
        f();
    });
  }
  /// `(const jf::conn_packet&)`: a packet came, before anything is done about it; those of an upgrade's probe are not told.
  template <class F>
  listener_id on_packet(F&& f) const {
    return add(kind::packet, [f = std::forward<F>(f)](const event& e) mutable { f(e.packet); });
  }
  /// `(const jf::conn_packet&)`: a packet was sent or queued. Not for what was dropped, nor for answers to probes.
  template <class F>
  listener_id on_packet_create(F&& f) const {
    return add(kind::packet_create, [f = std::forward<F>(f)](const event& e) mutable { f(e.packet); });
  }
  /// `()`: all that was sent has been handed to the operating system, or to the poll that waited for it.
  template <class F>
  listener_id on_drain(F&& f) const {
    return add(kind::drain, [f = std::forward<F>(f)](const event&) mutable { f(); });
  }
  /// `()`: the client answered a ping; revision 3: it sent one.
  template <class F>
  listener_id on_heartbeat(F&& f) const {
    return add(kind::heartbeat, [f = std::forward<F>(f)](const event&) mutable { f(); });
  }
  /// `([jf::disconnect_reason[, std::string_view description]])`: once, the last; the sockets' own events come after it.
  template <class F>
  listener_id on_close(F&& f) const {
    return add(kind::close, [f = std::forward<F>(f)](const event& e) mutable {
      if constexpr (std::is_invocable_v<F&, disconnect_reason, std::string_view>)
        f(e.why, e.text);
      else if constexpr (std::is_invocable_v<F&, disconnect_reason>)
        f(e.why);
      else
        f();
    });
  }
  void off(listener_id one) const;  // removes a handler of whichever event

  /// A raw Engine.IO message, which must be a packet that the client's parser understands: text (UTF-8), or bytes.
  void send(std::string_view text) const;
  void send(bytes_view data) const;
  /// Ends all namespaces of this client with "forced close".
  void close(unsent what = unsent::flush) const;

  friend bool operator==(const connection& a, const connection& b) noexcept { return a.core_ == b.core_; }
  /// The library's.
  explicit connection(detail::ref<srv::connection> c) noexcept : core_(std::move(c)) {}

 private:
  using event = detail::conn_event;
  using kind = detail::conn_event_kind;
  listener_id add(kind k, detail::conn_handler f) const;

  detail::ref<srv::connection> core_;
};

}  // namespace jackfield
