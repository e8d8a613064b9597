// nsp: a namespace: its own sockets, rooms, middlewares and events. A handle, cheap to copy; valid while its server lives.
// Any thread may do everything here. protocol.md 4.
#pragma once

#include <jackfield/detail/joining.hpp>
#include <jackfield/socket.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

/// What happens to rooms. On first join: created, joined; on last leave: left, deleted. The room of a socket's own id too.
enum class room_event : std::uint8_t {
  created,  // nobody was in it
  joined,   // a socket joined
  left,     // a socket left
  deleted,  // nobody is in it any more
};

/// An event whose arguments do not fit its handler.
struct bad_event {
  socket from;             // whose client sent it
  std::string_view event;  // its name; valid during the call
  jackfield::error error;  // bad_argument, and which argument does not fit why: "argument 1.author.name is missing"
};

/// What both the server (for "/") and every namespace offer.
class nsp {
 public:
  std::string_view name() const noexcept;  // with its slash; valid while a handle is held

  /// `(jf::socket)`, also as a coroutine: a client joined; what is emitted to it here follows its CONNECT packet.
  template <class F>
  listener_id on_connection(F&& f) const {
    return connection_handler(detail::make_connection_fn(std::forward<F>(f)));
  }

  /// Runs for every client that wants to join, in order of registration: `(jf::socket, jf::next)`, or `(jf::socket)`, which
  /// admits when it returns (a coroutine: when it is done) and refuses by throwing jf::refuse. Other exceptions refuse with
  /// "internal error" and are told to on_fault.
  template <class F>
  void use(F&& f) const {
    middleware(detail::make_middleware_fn(std::forward<F>(f)));
  }
  /// Removes a handler of on_connection or on_server_side.
  void off(listener_id one) const;

  /// Arguments that did not fit a handler's types.
  void on_bad_event(std::function<void(const bad_event&)> f) const;
  /// `room` or socket `id` are valid during the call. On the worker.
  void on_room(std::function<void(room_event, std::string_view room, std::string_view id)> f) const;

  /// To every socket here. A callable as last argument gets the answers of all: broadcast_operator::emit.
  template <class... A>
  void emit(std::string_view event, const A&... a) const {
    all().emit(event, a...);
  }
  /// emit("message", …).
  template <class... A>
  void send(const A&... a) const {
    all().emit("message", a...);
  }
  /// emit("message", …).
  template <class... A>
  void write(const A&... a) const {
    all().write(a...);
  }
  /// To every socket here, with the answers of all, in order of arrival: broadcast_operator::emit_with_ack.
  template <class... A>
  auto emit_with_ack(std::string_view event, const A&... a) const {
    return all().emit_with_ack(event, a...);
  }
  /// To the members of these rooms: one name or several. broadcast_operator::to.
  template <class R>
  broadcast_operator to(const R& rooms) const {
    return all().to(rooms);
  }
  broadcast_operator to(std::initializer_list<std::string_view> rooms) const { return all().to(rooms); }
  /// The same as to().
  template <class R>
  broadcast_operator in(const R& rooms) const {
    return all().to(rooms);
  }
  broadcast_operator in(std::initializer_list<std::string_view> rooms) const { return all().to(rooms); }
  /// To all but the members of these rooms: one name or several.
  template <class R>
  broadcast_operator except(const R& rooms) const {
    return all().except(rooms);
  }
  broadcast_operator except(std::initializer_list<std::string_view> rooms) const { return all().except(rooms); }
  broadcast_operator local() const { return all().local(); }                                  // broadcast_operator::local, of all
  broadcast_operator volatile_() const { return all().volatile_(); }                          // broadcast_operator::volatile_
  broadcast_operator latest(std::string_view key) const { return all().latest(key); }         // broadcast_operator::latest
  broadcast_operator compress(bool on) const { return all().compress(on); }                   // broadcast_operator::compress
  broadcast_operator timeout(std::chrono::milliseconds t) const { return all().timeout(t); }  // broadcast_operator::timeout

  pending<std::vector<socket>> fetch_sockets() const { return all().fetch_sockets(); }  // all that are connected
  /// Every socket joins these rooms: one name or several.
  template <class R>
  void sockets_join(const R& rooms) const {
    all().sockets_join(rooms);
  }
  void sockets_join(std::initializer_list<std::string_view> rooms) const { all().sockets_join(rooms); }
  /// Every socket leaves these rooms: one name or several.
  template <class R>
  void sockets_leave(const R& rooms) const {
    all().sockets_leave(rooms);
  }
  void sockets_leave(std::initializer_list<std::string_view> rooms) const { all().sockets_leave(rooms); }
  /// Every socket is disconnected; `close`: their connections are closed too, with all their namespaces.
  void disconnect_sockets(bool close = false) const { all().disconnect_sockets(close); }

  pending<std::vector<std::string>> all_sockets() const { return all().all_sockets(); }  // the ids of those connected

  /// Sends an event to this namespace on every other server of the cluster, never to this one and never to clients. A
  /// callable as last argument gets their answers: `(jf::error, std::vector<jf::value>)`, one of each server. A server that
  /// is alone has an empty list at once. Throws bad_result(reserved_name), also for connection and new_namespace.
  template <class... A>
  void server_side_emit(std::string_view event, const A&... a) const {
    packer p(server_event(event));
    if constexpr (detail::ends_with_callback<A...>) {
      auto callback = detail::pack_all_but_last(p, a...);
      ask_servers(p).then_answers(std::move(callback));
    } else {
      (p.add(a), ...);
      tell_servers(p);
    }
  }
  /// The same, to wait for in a coroutine or as a future: the answers, or incomplete_answers.
  template <class... A>
  pending_answers server_side_emit_with_ack(std::string_view event, const A&... a) const {
    packer p(server_event(event));
    (p.add(a), ...);
    return ask_servers(p);
  }
  /// Hears what other servers send with server_side_emit: `(values…[, jf::ack])`, as a handler of a socket does, but without a
  /// socket. The first argument of the answer is what the other server gets.
  template <class F>
  listener_id on_server_side(std::string_view event, F&& f) const {
    return server_handler(event, detail::make_handler(std::forward<F>(f)));
  }

  /// Connected sockets. Any thread.
  std::size_t size() const noexcept;

  // --- of all workers
  /// Nothing: no socket with this id is connected.
  pending<std::optional<socket>> fetch_socket(std::string_view id) const;
  /// Rooms that somebody joined, each once; those of the sockets' own ids are not among them.
  pending<std::vector<std::string>> fetch_rooms() const;
  /// How many are in it. 0: there is no such room.
  pending<std::size_t> fetch_room_size(std::string_view room) const;

  // --- only on a worker, and of that worker: the same at once. With one worker, of all
  /// Nothing: no socket with this id is connected here.
  std::optional<socket> find(std::string_view id) const;
  /// All of them, in no order that means anything.
  std::vector<socket> sockets() const;
  /// Rooms that somebody joined; those of the sockets' own ids are not among them.
  std::vector<std::string> rooms() const;
  /// How many are in it. 0: there is no such room.
  std::size_t room_size(std::string_view room) const noexcept;

  /// The library's.
  explicit nsp(detail::ref<srv::realm> n) noexcept;
  const detail::ref<srv::realm>& core() const noexcept { return core_; }  // the library's

 private:
  listener_id connection_handler(detail::connection_fn f) const;
  void middleware(detail::middleware_fn f) const;
  listener_id server_handler(std::string_view event, detail::ref<detail::event_handler> h) const;
  static std::string_view server_event(std::string_view name);
  void tell_servers(packer& p) const;
  pending_answers ask_servers(packer& p) const;
  broadcast_operator all() const { return {core_, {}}; }

  detail::ref<srv::realm> core_;
};

}  // namespace jackfield
