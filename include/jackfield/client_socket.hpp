// client_socket: one namespace of one client: a handle, cheap to copy, safe to keep: when the client is gone calls do nothing and
// questions say so. protocol.md 5.5-5.9.
//
//   jf::client io("https://example.com");
//   auto s = io.socket("/chat", [](jf::client_socket s) {       // before it connects
//     s.on("message", [](std::string from, std::string text) { … });
//   });
//   s.emit("message", "hello");                                  // waits until the socket is connected
//   jf::value v = co_await s.timeout(5s).emit_with_ack("question", 1);
//
// Thread: everything may be called from any thread; off the client's loop it is done there later, in the order of the calls.
// Handlers run on the loop, one at a time unless they suspend. They stay when the connection goes: register them once.
// Destroying a handle changes nothing: the socket is its client's.
#pragma once

#include <jackfield/client_options.hpp>
#include <jackfield/detail/emitting.hpp>
#include <jackfield/event_stream.hpp>
#include <jackfield/handler.hpp>
#include <jackfield/pending.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace jackfield {

namespace cl {
class socket;
void intrusive_ptr_add_ref(const socket*) noexcept;
void intrusive_ptr_release(const socket*) noexcept;
}  // namespace cl

class client_emitter;

/// Why a socket is not connected. After the refusal of a middleware, or of an unknown namespace, the socket is not active: it
/// comes back with connect() only. After a failure of the connection it is: the client goes on trying by itself.
struct connect_error {
  std::string message;   // of the server, or what went wrong on the way
  value data;            // what the server's middleware sent along; null: nothing
  bool refused = false;  // by the server, with CONNECT_ERROR
};

namespace detail {

/// The library's own events of a client's socket.
struct pass_nothing {
  template <class F>
  static void call(F& f, incoming&) {
    f();
  }
};
struct pass_connect_error {
  template <class F>
  static void call(F& f, incoming& e) {
    f(connect_error{std::string(e.text), e.arguments != nullptr ? (*e.arguments)[0].parse() : value(), e.code == errc::refused});
  }
};

}  // namespace detail

class client_socket {
 public:
  /// Given by the server, new at every connection that is not recovered; empty while not connected.
  std::string id() const;
  /// "/", "/chat": any thread.
  std::string_view nsp_name() const noexcept;
  /// The server accepted the socket, and the connection lives.
  bool connected() const noexcept;
  /// Not connected().
  bool disconnected() const noexcept { return !connected(); }
  /// It is connected, or connects by itself as soon as it can.
  bool active() const noexcept;
  /// The last connection went on where the one before had ended: same id, rooms and data, missed events delivered.
  bool recovered() const noexcept;

  /// Connects, unless it is connected. After a refusal or a disconnect nothing else does.
  void connect() const;
  /// The same as connect().
  void open() const { connect(); }
  /// Leaves the namespace: "io client disconnect". With the client's last active socket the connection ends too.
  void disconnect() const;
  /// The same as disconnect().
  void close() const { disconnect(); }
  /// What is sent with CONNECT from now on.
  void auth(client_auth a) const;

  /// Registers a handler; see handler.hpp for what it may take, with jf::client_socket as the socket. An event may have several:
  /// they run in order. With recovery on the server an event's last argument may be its offset, a string.
  template <class F>
  listener_id on(std::string_view event, F&& f) const {
    return add(event, detail::make_handler(std::forward<F>(f)), times::always, at::end);
  }
  /// For the next such event alone.
  template <class F>
  listener_id once(std::string_view event, F&& f) const {
    return add(event, detail::make_handler(std::forward<F>(f)), times::once, at::end);
  }
  /// Before those that are there.
  template <class F>
  listener_id prepend(std::string_view event, F&& f) const {
    return add(event, detail::make_handler(std::forward<F>(f)), times::always, at::front);
  }
  /// Both: before those that are there, for the next such event alone.
  template <class F>
  listener_id prepend_once(std::string_view event, F&& f) const {
    return add(event, detail::make_handler(std::forward<F>(f)), times::once, at::front);
  }
  /// All handlers of the event.
  void off(std::string_view event) const;
  /// One handler of any kind.
  void off(listener_id one) const;
  /// All handlers, but the catch-all ones.
  void off() const;

  /// The events of one name, one after another: see event_stream.hpp.
  template <class... T>
  event_stream<T...> event(std::string_view name, stream_options o = {}) const {
    using value_type = typename event_stream<T...>::value_type;
    auto state = std::make_shared<detail::stream_state<value_type>>(o);
    const auto id = on(name, [state](T... v) { state->push(value_type(std::move(v)...)); });
    const auto end = on_end([state] { state->close(); });
    return {state, std::make_shared<detail::stream_guard>([self = *this, id, end] {
              self.off(id);
              self.off_end(end);
            })};
  }

  /// `(std::string_view name[, const jf::args& arguments[, jf::ack]])`: every event, before its handlers. One with an ack takes
  /// the answer from them.
  template <class F>
  listener_id on_any(F&& f) const {
    return add(special::any, detail::make_plain<detail::pass_any>(std::forward<F>(f)), at::end);
  }
  /// The same, before those that are there.
  template <class F>
  listener_id prepend_any(F&& f) const {
    return add(special::any, detail::make_plain<detail::pass_any>(std::forward<F>(f)), at::front);
  }
  /// All catch-all handlers.
  void off_any() const { remove_all(special::any); }
  /// One of them.
  void off_any(listener_id one) const { off(one); }
  /// The same for events that are sent, when they are, but for answers.
  template <class F>
  listener_id on_any_outgoing(F&& f) const {
    return add(special::any_outgoing, detail::make_plain<detail::pass_any>(std::forward<F>(f)), at::end);
  }
  /// The same, before those that are there.
  template <class F>
  listener_id prepend_any_outgoing(F&& f) const {
    return add(special::any_outgoing, detail::make_plain<detail::pass_any>(std::forward<F>(f)), at::front);
  }
  /// All of them.
  void off_any_outgoing() const { remove_all(special::any_outgoing); }
  /// One of them.
  void off_any_outgoing(listener_id one) const { off(one); }

  /// `()`: at every connection: id(), recovered() are set, what waited was sent. One that is registered from another thread when
  /// the socket is connected already is called for this connection too: nobody can come too late.
  template <class F>
  listener_id on_connect(F&& f) const {
    return add(special::connect, detail::make_plain<detail::pass_nothing>(std::forward<F>(f)), at::end);
  }
  /// `([jf::disconnect_reason[, std::string_view description]])`: a connected socket is no longer. active() says whether it comes
  /// back.
  template <class F>
  listener_id on_disconnect(F&& f) const {
    return add(special::disconnect, detail::make_plain<detail::pass_reason>(std::forward<F>(f)), at::end);
  }
  /// `(const jf::connect_error&)`: a socket that is not connected could not be.
  template <class F>
  listener_id on_connect_error(F&& f) const {
    return add(special::connect_error, detail::make_plain<detail::pass_connect_error>(std::forward<F>(f)), at::end);
  }
  /// `(jf::error)`: an event came whose arguments do not fit a handler. Text: the event, and what was expected.
  template <class F>
  listener_id on_error(F&& f) const {
    return add(special::error, detail::make_plain<detail::pass_error>(std::forward<F>(f)), at::end);
  }

  /// Sends an event now, or when the socket is connected next. Values: what jf::packer::add takes. False: dropped (volatile, a
  /// limit, or the client is gone). A callable as last argument is called with the answer: `([jf::error,] values…)`; the error
  /// says timeout, disconnected, too_many or bad_argument; without a place for it only answers that fit are told. Throws
  /// bad_result(reserved_name), bad_result(bad_json), bad_result(too_many): attachments.
  template <class... A>
  bool emit(std::string_view event, const A&... a) const {
    return emit_with(detail::emit_flags(), event, a...);
  }
  /// emit("message", …).
  template <class... A>
  bool send(const A&... a) const {
    return emit("message", a...);
  }
  /// The same.
  template <class... A>
  bool write(const A&... a) const {
    return emit("message", a...);
  }
  /// `jf::value v = co_await s.emit_with_ack("q", 1);` The first argument of the answer as a T. Errors as above.
  template <class T = value, class... A>
  pending<T> emit_with_ack(std::string_view event, const A&... a) const {
    return ask_with<T>(detail::emit_flags(), event, a...);
  }

  /// `s.timeout(5s).emit(…)`: see client_emitter.
  client_emitter timeout(std::chrono::milliseconds t) const;
  /// `s.volatile_().emit(…)`: see client_emitter.
  client_emitter volatile_() const;
  /// `s.compress(false).emit(…)`: see client_emitter.
  client_emitter compress(bool on) const;
  /// `s.latest("temperature").emit(…)`: see client_emitter.
  client_emitter latest(std::string_view key) const;

  /// Completes when the operating system has all that was emitted before: nothing waits for a connection, for its turn or in it.
  /// Error: disconnected, the client was destroyed.
  pending<void> drained() const;
  /// Events that wait for a connection, or for an answer to the one before (retries). Any thread: a recent value.
  std::size_t waiting_events() const noexcept;
  /// Events that were dropped so far, by a limit, by age or for a newer one of their key. Any thread: a recent value.
  std::size_t dropped_events() const noexcept;

  friend bool operator==(const client_socket& a, const client_socket& b) noexcept { return a.core_ == b.core_; }
  /// Of the socket, not of the handle: equal handles have equal ones.
  std::size_t hash() const noexcept { return std::hash<const void*>()(core_.get()); }

  /// The library's.
  explicit client_socket(detail::ref<cl::socket> s) noexcept : core_(std::move(s)) {}
  /// The library's.
  const detail::ref<cl::socket>& core() const noexcept { return core_; }

 private:
  friend class client_emitter;
  enum class special : std::uint8_t { any, any_outgoing, middleware, disconnecting, disconnect, error, connect, connect_error };
  enum class at : std::uint8_t { end, front };
  enum class times : std::uint8_t { always, once };

  listener_id add(std::string_view event, detail::ref<detail::event_handler> h, times t, at where) const;
  listener_id add(special kind, detail::ref<detail::event_handler> h, at where) const;
  void remove_all(special kind) const;
  listener_id on_end(std::function<void()> f) const;
  void off_end(listener_id one) const;
  bool emit(const detail::emit_flags& f, packer& p, detail::ref<detail::waiter> w) const;

  template <class... A>
  bool emit_with(const detail::emit_flags& f, std::string_view event, const A&... a) const {
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
  pending<T> ask_with(const detail::emit_flags& f, std::string_view event, const A&... a) const {
    packer p(event);
    (p.add(a), ...);
    detail::ref<detail::pending_state<T>> state(new detail::first_answer<T>());
    emit(f, p, state);
    return pending<T>(std::move(state));
  }

  detail::ref<cl::socket> core_;
};

/// A socket with flags for what is emitted next. A value; may be used more than once.
class client_emitter {
 public:
  /// How long an answer is waited for, from now, connected or not: an event that could not be sent until then never is. With
  /// retries: how long each try waits.
  client_emitter timeout(std::chrono::milliseconds t) const {
    return with([t](auto& f) { f.timeout = t; });
  }
  /// Dropped when it cannot be sent at once. Never sent again by retries.
  client_emitter volatile_() const {
    return with([](auto& f) { f.volatile_ = true; });
  }
  /// Whether the message may be compressed, where compression was agreed on. Default: yes.
  client_emitter compress(bool on) const {
    return with([on](auto& f) { f.compress = on; });
  }
  /// While it waits, and burst::latest_of_key is set, a newer event with this key takes its place.
  client_emitter latest(std::string_view key) const {
    return with([key](auto& f) { f.key = key; });
  }

  /// client_socket::emit() with these flags.
  template <class... A>
  bool emit(std::string_view event, const A&... a) const {
    return socket_.emit_with(flags_, event, a...);
  }
  /// emit("message", …) with these flags.
  template <class... A>
  bool send(const A&... a) const {
    return emit("message", a...);
  }
  /// client_socket::emit_with_ack() with these flags.
  template <class T = value, class... A>
  pending<T> emit_with_ack(std::string_view event, const A&... a) const {
    return socket_.ask_with<T>(flags_, event, a...);
  }

 private:
  friend class client_socket;
  client_emitter(client_socket s, detail::emit_flags f) : socket_(std::move(s)), flags_(std::move(f)) {}
  template <class Change>
  client_emitter with(Change change) const {
    client_emitter e = *this;
    change(e.flags_);
    return e;
  }
  client_socket socket_;
  detail::emit_flags flags_;
};

inline client_emitter client_socket::timeout(std::chrono::milliseconds t) const { return client_emitter(*this, {}).timeout(t); }
inline client_emitter client_socket::volatile_() const { return client_emitter(*this, {}).volatile_(); }
inline client_emitter client_socket::compress(bool on) const { return client_emitter(*this, {}).compress(on); }
inline client_emitter client_socket::latest(std::string_view key) const { return client_emitter(*this, {}).latest(key); }

namespace detail {

client_socket client_socket_of(incoming&);

template <>
struct handle_of<client_socket> {
  static constexpr bool is_handle = true;
  static client_socket make(incoming& e) { return client_socket_of(e); }
};

}  // namespace detail
}  // namespace jackfield

template <>
struct std::hash<jackfield::client_socket> {
  /// By which socket it is.
  std::size_t operator()(const jackfield::client_socket& s) const noexcept { return s.hash(); }
};
