// nsp: a namespace: its own sockets, rooms, middlewares and events. A handle, cheap to copy; valid while its server lives.
// Any thread may do everything here. protocol.md 4.
#pragma once

#include <jackfield/socket.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

/// What happens to rooms. On first join: created, joined; on last leave: left, deleted. The room of a socket's own id too.
enum class room_event : std::uint8_t { created, joined, left, deleted };

/// An event whose arguments do not fit its handler.
struct bad_event {
  socket from;
  std::string_view event;
  jackfield::error error;
};

/// What both the server (for "/") and every namespace offer.
class nsp {
 public:
  std::string_view name() const noexcept;

  /// `(jf::socket)`, also as a coroutine: a client joined; what is emitted to it here follows its CONNECT packet.
  template <class F>
  void on_connection(F&& f) const {
    connection_handler(wrap(std::forward<F>(f)));
  }

  /// Runs for every client that wants to join, in order of registration: `(jf::socket, jf::next)`, or `(jf::socket)`, which
  /// admits when it returns (a coroutine: when it is done) and refuses by throwing jf::refuse. Other exceptions refuse with
  /// "internal error" and are told to on_fault.
  template <class F>
  void use(F&& f) const {
    middleware(wrap_middleware(std::forward<F>(f)));
  }

  /// Arguments that did not fit a handler's types.
  void on_bad_event(std::function<void(const bad_event&)> f) const;
  /// `room` or socket `id` are valid during the call. On the worker.
  void on_room(std::function<void(room_event, std::string_view room, std::string_view id)> f) const;

  template <class... A>
  void emit(std::string_view event, const A&... a) const {
    all().emit(event, a...);
  }
  template <class... A>
  void send(const A&... a) const {
    all().emit("message", a...);
  }
  template <class... A>
  auto emit_with_ack(std::string_view event, const A&... a) const {
    return all().emit_with_ack(event, a...);
  }
  template <class R>
  broadcast_operator to(const R& rooms) const {
    return all().to(rooms);
  }
  broadcast_operator to(std::initializer_list<std::string_view> rooms) const { return all().to(rooms); }
  template <class R>
  broadcast_operator in(const R& rooms) const {
    return all().to(rooms);
  }
  broadcast_operator in(std::initializer_list<std::string_view> rooms) const { return all().to(rooms); }
  template <class R>
  broadcast_operator except(const R& rooms) const {
    return all().except(rooms);
  }
  broadcast_operator except(std::initializer_list<std::string_view> rooms) const { return all().except(rooms); }
  broadcast_operator local() const { return all().local(); }
  broadcast_operator volatile_() const { return all().volatile_(); }
  broadcast_operator latest(std::string_view key) const { return all().latest(key); }
  broadcast_operator compress(bool on) const { return all().compress(on); }
  broadcast_operator timeout(std::chrono::milliseconds t) const { return all().timeout(t); }

  pending<std::vector<socket>> fetch_sockets() const { return all().fetch_sockets(); }
  template <class R>
  void sockets_join(const R& rooms) const {
    all().sockets_join(rooms);
  }
  template <class R>
  void sockets_leave(const R& rooms) const {
    all().sockets_leave(rooms);
  }
  void sockets_join(std::initializer_list<std::string_view> rooms) const { all().sockets_join(rooms); }
  void sockets_leave(std::initializer_list<std::string_view> rooms) const { all().sockets_leave(rooms); }
  void disconnect_sockets(bool close = false) const { all().disconnect_sockets(close); }

  /// Connected sockets here. Only on the worker.
  std::size_t size() const noexcept;

  /// The library's.
  explicit nsp(detail::ref<srv::nsp> n) noexcept;
  const detail::ref<srv::nsp>& core() const noexcept { return core_; }

 private:
  using connection_fn = std::function<void(socket)>;
  using middleware_fn = std::function<void(socket, next)>;

  void connection_handler(connection_fn f) const;
  void middleware(middleware_fn f) const;
  broadcast_operator all() const { return {core_, {}}; }

  static detail::detached run(task<void> t, socket s);
  static detail::detached run(task<void> t, socket s, next n);
  /// Called in a catch block: answers what was thrown.
  static void refuse_thrown(const socket& s, const next& n);
  static void report_thrown(const socket& s);

  template <class F>
  static connection_fn wrap(F&& f) {
    if constexpr (std::is_same_v<std::invoke_result_t<F&, socket>, task<void>>) {
      // The lambda's captures are its coroutines': one copy of it, as long as the namespace.
      return [f = std::make_shared<std::decay_t<F>>(std::forward<F>(f))](socket s) { run((*f)(s), s); };
    } else {
      return std::forward<F>(f);
    }
  }
  template <class F>
  static middleware_fn wrap_middleware(F&& f) {
    if constexpr (std::is_invocable_v<F&, socket, next>) {
      if constexpr (std::is_same_v<std::invoke_result_t<F&, socket, next>, task<void>>) {
        return [f = std::make_shared<std::decay_t<F>>(std::forward<F>(f))](socket s, next n) { run((*f)(s, n), s); };
      } else {
        return std::forward<F>(f);
      }
    } else if constexpr (std::is_same_v<std::invoke_result_t<F&, socket>, task<void>>) {
      return [f = std::make_shared<std::decay_t<F>>(std::forward<F>(f))](socket s, next n) { run((*f)(s), s, n); };
    } else {
      return [f = std::forward<F>(f)](socket s, next n) mutable {
        try {
          f(s);
        } catch (...) {
          return refuse_thrown(s, n);
        }
        n();
      };
    }
  }

  detail::ref<srv::nsp> core_;
};

}  // namespace jackfield
