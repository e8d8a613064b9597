// socket: a client in a namespace, as the server sees it: a handle, cheap to copy, safe to keep: when the client is gone
// calls do nothing and questions say so. protocol.md 4.2.
//
// Thread: what sends or changes (emit, join, leave, disconnect, on…) may be called from any thread; off the socket's worker
// it is done there later, in the order of the calls. What reads (rooms, data, handshake().auth, conn()) is for the socket's
// worker, where all handlers run. id(), nsp_name(), connected() are for any thread.
#pragma once

#include <jackfield/broadcast.hpp>
#include <jackfield/connection.hpp>
#include <jackfield/exactly_once.hpp>
#include <jackfield/handler.hpp>
#include <jackfield/http.hpp>
#include <jackfield/options.hpp>
#include <jackfield/packer.hpp>
#include <jackfield/recovery.hpp>

#include <any>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

class nsp;
class emitter;

/// How the client introduced itself. A view: valid while a handle of its socket is held.
struct handshake {
  const value& auth;                             // what the client sent with CONNECT; {} when nothing. Of this namespace
  const http_head& request;                      // the request that opened the connection: header(), query(), target()
  std::string_view address;                      // of the peer
  std::chrono::system_clock::time_point issued;  // when the socket was made: at the CONNECT
  bool xdomain;                                  // the request had an Origin header
  bool secure;                                   // over TLS: of the connection to us, whatever a proxy in front says of its own
  const tls_info* tls() const noexcept { return request.tls(); }      // version, cipher, the client's certificate; null: no TLS
  std::string_view url() const noexcept { return request.target(); }  // path and query of the request, as received
  std::optional<std::string> query(std::string_view key) const { return request.query(key); }  // http_head::query
  std::string_view header(std::string_view name) const { return request.header(name); }        // http_head::header
};

/// All of it, as the reference writes `socket.handshake` down: headers, time, address, xdomain, secure, issued (milliseconds
/// since 1970), url, query, auth.
value tag_invoke(to_value_tag, const handshake& h);

/// What on() returns: the name of the handler for off(), and how it may be called.
class listener {
 public:
  operator listener_id() const noexcept { return handler_->id(); }  // for off()
  /// For coroutine handlers: at most n calls under way on this socket. Further events of the socket wait in their order, and when
  /// limit_options::held_event_bytes of them do, the client's connection is not read any more: the client itself is slowed down.
  /// Acknowledgements pass by as long as it is read. Events that wait when the client leaves are dropped, but for a leave by
  /// DISCONNECT, which waits behind them. 0: any number (the default).
  const listener& concurrency(std::uint16_t n) const;

 private:
  friend class socket;
  listener(detail::ref<srv::socket> s, detail::ref<detail::event_handler> h) noexcept
      : socket_(std::move(s)), handler_(std::move(h)) {}
  detail::ref<srv::socket> socket_;
  detail::ref<detail::event_handler> handler_;
};

/// What waits for a client, and what did not arrive.
struct outbound_state {
  std::size_t waiting_bytes = 0;  // of this socket, beyond what its connection holds
  std::uint64_t displaced = 0;    // events that were dropped, or replaced by newer ones, since the socket connected
};

class socket {
 public:
  /// Unguessable, 20 characters; also the name of a room with this socket alone. Of a client of revision 3 it is the session's
  /// own id, behind `/nsp#` unless in "/": then it is a secret of that client's.
  std::string_view id() const noexcept;
  std::string_view nsp_name() const noexcept;  // of its namespace, with its slash; valid while a handle is held
  jackfield::nsp nsp() const;                  // its namespace
  /// From the end of the namespace's middlewares until the disconnect.
  bool connected() const noexcept;
  bool disconnected() const noexcept { return !connected(); }  // also before connected()
  jackfield::handshake handshake() const;                      // how the client introduced itself; the worker's
  /// The request that opened the connection: handshake().request. Valid while a handle is held.
  const http_head& request() const noexcept;
  connection conn() const;  // the Engine.IO connection that this socket shares with the client's other namespaces
  /// It has its state again: recovery().outcome is complete.
  bool recovered() const noexcept { return recovery().outcome == recovery_outcome::complete; }
  /// What became of what this client had before. Valid while a handle of the socket is held; the worker's.
  const recovery_report& recovery() const noexcept;

  /// Own id first; empty after the disconnect.
  std::vector<std::string> rooms() const;
  bool in_room(std::string_view room) const;  // whether rooms() has it, without a list

  /// Yours: one value of any copyable type, made on first use (jf::value: an empty object). Throws std::bad_any_cast when
  /// asked for another type than before.
  template <class T = value>
  T& data() const {
    auto& slot = storage();
    if (!slot.has_value()) {
      if constexpr (std::is_same_v<T, value>)
        slot = value(object());
      else
        slot = T();
    }
    return std::any_cast<T&>(slot);
  }

  /// Registers a handler; see handler.hpp for what it may take. An event may have several: they run in order.
  template <class F>
  listener on(std::string_view event, F&& f) const {
    return add(event, detail::make_handler(std::forward<F>(f)), times::always, at::end);
  }
  /// The same, for an event that its client sends again until it is answered; see exactly_once.hpp.
  template <class F>
  listener_id on(std::string_view event, F&& f, exactly_once key) const {
    return add(event, detail::make_once(detail::make_handler(std::forward<F>(f)), std::move(key)), times::always, at::end);
  }
  /// For the next such event alone.
  template <class F>
  listener once(std::string_view event, F&& f) const {
    return add(event, detail::make_handler(std::forward<F>(f)), times::once, at::end);
  }
  /// Before those that are there.
  template <class F>
  listener prepend(std::string_view event, F&& f) const {
    return add(event, detail::make_handler(std::forward<F>(f)), times::always, at::front);
  }
  /// Both: for the next such event alone, before the others.
  template <class F>
  listener prepend_once(std::string_view event, F&& f) const {
    return add(event, detail::make_handler(std::forward<F>(f)), times::once, at::front);
  }
  void off(std::string_view event) const;  // all of them
  void off(listener_id one) const;         // of any kind
  /// All handlers but any-listeners and middlewares.
  void off() const;
  /// In the order in which they are called. On the worker, as the other lists.
  std::vector<listener_id> listeners(std::string_view event) const;
  std::size_t listener_count(std::string_view event) const { return listeners(event).size(); }  // how many those are
  /// Events that have a handler, each once.
  std::vector<std::string> event_names() const;

  /// `(std::string_view event[, const jf::args&])`: every event that arrives, before middlewares and handlers.
  template <class F>
  listener_id on_any(F&& f) const {
    return add(special::any, detail::make_plain<detail::pass_any>(std::forward<F>(f)), at::end);
  }
  /// The same, before those that are there.
  template <class F>
  listener_id prepend_any(F&& f) const {
    return add(special::any, detail::make_plain<detail::pass_any>(std::forward<F>(f)), at::front);
  }
  std::vector<listener_id> listeners_any() const { return list(special::any); }  // in the order of their calls; the worker's
  void off_any() const { remove_all(special::any); }                             // all of them
  void off_any(listener_id one) const { off(one); }                              // the same as off(one)
  /// The same for events that are sent to this client, but for answers.
  template <class F>
  listener_id on_any_outgoing(F&& f) const {
    return add(special::any_outgoing, detail::make_plain<detail::pass_any>(std::forward<F>(f)), at::end);
  }
  /// The same, before those that are there.
  template <class F>
  listener_id prepend_any_outgoing(F&& f) const {
    return add(special::any_outgoing, detail::make_plain<detail::pass_any>(std::forward<F>(f)), at::front);
  }
  std::vector<listener_id> listeners_any_outgoing() const { return list(special::any_outgoing); }  // as listeners_any()
  void off_any_outgoing() const { remove_all(special::any_outgoing); }                             // all of them
  void off_any_outgoing(listener_id one) const { off(one); }                                       // the same as off(one)

  /// A middleware of this socket's events: `(jf::event&, jf::next)`. A refusal goes to on_error; the client hears nothing.
  template <class F>
  void use(F&& f) const {
    add(special::middleware, detail::make_plain<detail::pass_middleware>(std::forward<F>(f)), at::end);
  }

  /// `([jf::disconnect_reason[, std::string_view description]])`. Rooms are there still.
  template <class F>
  listener_id on_disconnecting(F&& f) const {
    return add(special::disconnecting, detail::make_plain<detail::pass_reason>(std::forward<F>(f)), at::end);
  }
  /// The same, afterwards: rooms are left, connected() is false. All handlers are dropped when these have run.
  template <class F>
  listener_id on_disconnect(F&& f) const {
    return add(special::disconnect, detail::make_plain<detail::pass_reason>(std::forward<F>(f)), at::end);
  }
  /// `(jf::error)`: a refusal of a middleware of this socket, or an undecodable packet of its client.
  template <class F>
  listener_id on_error(F&& f) const {
    return add(special::error, detail::make_plain<detail::pass_error>(std::forward<F>(f)), at::end);
  }

  /// Sends an event. Values: what jf::packer::add takes. False: dropped (volatile, or the client is gone). A callable as last
  /// argument is called with the answer: `([jf::error,] values…)`; the error says timeout or bad_argument; without a
  /// place for it only answers that fit are told. Throws bad_result(reserved_name), bad_result(bad_json).
  template <class... A>
  bool emit(std::string_view event, const A&... a) const {
    return emit_with(detail::emit_flags(), event, a...);
  }
  /// emit("message", …).
  template <class... A>
  bool send(const A&... a) const {
    return emit("message", a...);
  }
  /// emit("message", …).
  template <class... A>
  bool write(const A&... a) const {
    return emit("message", a...);
  }
  /// `jf::value v = co_await s.emit_with_ack("q", 1);` The first argument of the answer as a T. Errors of the pending: timeout
  /// (limit_options::ack_time), disconnected, bad_argument. Throws as emit() does.
  template <class T = value, class... A>
  pending<T> emit_with_ack(std::string_view event, const A&... a) const {
    return ask_with<T>(detail::emit_flags(), event, a...);
  }

  /// Completes when nothing that was sent to this client waits any more: all of it is with the operating system, or on its way as
  /// the answer to a poll. `while (more()) { s.emit("chunk", next()); co_await s.drained(); }` Error: disconnected.
  pending<void> drained() const;
  /// How much may wait for this client, and what happens beyond; for what is emitted from now on. Default:
  /// server_options::outbound.
  void outbound(outbound_options o) const;
  /// Only on the worker.
  outbound_state outbound() const;

  emitter timeout(std::chrono::milliseconds t) const;  // emitter::timeout
  /// Under overflow::keep_latest the event takes the place of the one with this key that still waits for the client.
  emitter latest(std::string_view key) const;
  emitter volatile_() const;        // emitter::volatile_
  emitter compress(bool on) const;  // emitter::compress

  /// Broadcasts of this socket reach everybody in its namespace but this socket.
  broadcast_operator broadcast() const { return others(detail::emit_flags()); }
  broadcast_operator local() const { return others(detail::emit_flags()).local(); }  // broadcast(), on this server only
  /// broadcast() to the members of these rooms: one name or several.
  template <class R>
  broadcast_operator to(const R& rooms) const {
    return others(detail::emit_flags()).to(rooms);
  }
  broadcast_operator to(std::initializer_list<std::string_view> rooms) const { return others(detail::emit_flags()).to(rooms); }
  /// The same as to().
  template <class R>
  broadcast_operator in(const R& rooms) const {
    return to(rooms);
  }
  broadcast_operator in(std::initializer_list<std::string_view> rooms) const { return to(rooms); }
  /// broadcast() to all but the members of these rooms: one name or several.
  broadcast_operator except(std::initializer_list<std::string_view> rooms) const {
    return others(detail::emit_flags()).except(rooms);
  }
  template <class R>
  broadcast_operator except(const R& rooms) const {
    return others(detail::emit_flags()).except(rooms);
  }

  /// False: a limit is reached (limit_options::rooms_per_socket, room_name_bytes), or the socket is gone.
  bool join(std::string_view room) const;
  bool join(std::initializer_list<std::string_view> rooms) const;
  bool join(const std::vector<std::string>& rooms) const;
  void leave(std::string_view room) const;  // nothing happens when it is not in it

  /// Leaves the namespace: reason "server namespace disconnect". `close`: all namespaces of this client, and its connection.
  void disconnect(bool close = false) const;

  friend bool operator==(const socket& a, const socket& b) noexcept { return a.core_ == b.core_; }
  std::size_t hash() const noexcept { return std::hash<const void*>()(core_.get()); }  // equal handles: equal hashes

  /// The library's.
  explicit socket(detail::ref<srv::socket> s) noexcept;
  const detail::ref<srv::socket>& core() const noexcept { return core_; }  // the library's

 private:
  friend class emitter;
  enum class special : std::uint8_t { any, any_outgoing, middleware, disconnecting, disconnect, error };
  enum class at : std::uint8_t { end, front };
  enum class times : std::uint8_t { always, once };

  std::any& storage() const;
  listener add(std::string_view event, detail::ref<detail::event_handler> h, times t, at where) const;
  std::vector<listener_id> list(special kind) const;
  listener_id add(special kind, detail::ref<detail::event_handler> h, at where) const;
  void remove_all(special kind) const;
  bool emit(detail::emit_flags f, packer& p, detail::ref<detail::waiter> w) const;
  broadcast_operator others(detail::emit_flags f) const;

  template <class... A>
  bool emit_with(detail::emit_flags f, std::string_view event, const A&... a) const {
    packer p(event);
    if constexpr (detail::ends_with_callback<A...>) {
      auto callback = detail::pack_all_but_last(p, a...);
      using waiter = typename detail::callback_maker<decltype(callback)>::type;
      return emit(f, p, detail::ref<detail::waiter>(new waiter(std::move(callback))));
    } else {
      (p.add(a), ...);
      return emit(f, p, nullptr);
    }
  }
  template <class T, class... A>
  pending<T> ask_with(detail::emit_flags f, std::string_view event, const A&... a) const {
    packer p(event);
    (p.add(a), ...);
    detail::ref<detail::pending_state<T>> state(new detail::first_answer<T>());
    emit(f, p, state);
    return pending<T>(std::move(state));
  }

  detail::ref<srv::socket> core_;
};

/// A socket with flags for what is emitted next. A value; may be used more than once.
class emitter {
 public:
  /// How long an answer is waited for. Default: limit_options::ack_time.
  emitter timeout(std::chrono::milliseconds t) const {
    return with([t](auto& f) { f.timeout = t; });
  }
  /// Dropped when the client cannot take it at once.
  emitter volatile_() const {
    return with([](auto& f) { f.volatile_ = true; });
  }
  /// Whether the transport may compress it (per_message_deflate, http_compression); it may unless told otherwise.
  emitter compress(bool on) const {
    return with([on](auto& f) { f.compress = on; });
  }
  /// socket::latest.
  emitter latest(std::string_view key) const {
    return with([key](auto& f) { f.key = key; });
  }

  /// socket::emit, with these flags.
  template <class... A>
  bool emit(std::string_view event, const A&... a) const {
    return socket_.emit_with(flags_, event, a...);
  }
  /// emit("message", …).
  template <class... A>
  bool send(const A&... a) const {
    return emit("message", a...);
  }
  /// emit("message", …).
  template <class... A>
  bool write(const A&... a) const {
    return emit("message", a...);
  }
  /// socket::emit_with_ack, with these flags.
  template <class T = value, class... A>
  pending<T> emit_with_ack(std::string_view event, const A&... a) const {
    return socket_.ask_with<T>(flags_, event, a...);
  }

  broadcast_operator broadcast() const { return socket_.others(flags_); }  // socket::broadcast, with these flags
  broadcast_operator local() const { return broadcast().local(); }         // socket::local, with these flags
  /// socket::to, with these flags.
  template <class R>
  broadcast_operator to(const R& rooms) const {
    return broadcast().to(rooms);
  }
  broadcast_operator to(std::initializer_list<std::string_view> rooms) const { return broadcast().to(rooms); }
  /// The same as to().
  template <class R>
  broadcast_operator in(const R& rooms) const {
    return broadcast().to(rooms);
  }
  broadcast_operator in(std::initializer_list<std::string_view> rooms) const { return broadcast().to(rooms); }
  /// socket::except, with these flags.
  template <class R>
  broadcast_operator except(const R& rooms) const {
    return broadcast().except(rooms);
  }
  broadcast_operator except(std::initializer_list<std::string_view> rooms) const { return broadcast().except(rooms); }

 private:
  friend class socket;
  emitter(socket s, detail::emit_flags f) : socket_(std::move(s)), flags_(std::move(f)) {}
  template <class Change>
  emitter with(Change change) const {
    emitter e = *this;
    change(e.flags_);
    return e;
  }
  socket socket_;
  detail::emit_flags flags_;
};

inline emitter socket::timeout(std::chrono::milliseconds t) const { return emitter(*this, {}).timeout(t); }
inline emitter socket::latest(std::string_view key) const { return emitter(*this, {}).latest(key); }
inline emitter socket::volatile_() const { return emitter(*this, {}).volatile_(); }
inline emitter socket::compress(bool on) const { return emitter(*this, {}).compress(on); }

namespace detail {

socket socket_of(incoming&);

template <>
struct handle_of<socket> {
  static constexpr bool is_handle = true;
  static socket make(incoming& e) { return socket_of(e); }
};

}  // namespace detail
}  // namespace jackfield

/// Handles as keys of unordered containers.
template <>
struct std::hash<jackfield::socket> {
  /// Of which socket it is, not of which handle.
  std::size_t operator()(const jackfield::socket& s) const noexcept { return s.hash(); }
};
