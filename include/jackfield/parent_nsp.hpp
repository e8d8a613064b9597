// parent_nsp: a rule that makes namespaces: io.of(std::regex) or io.of(a function of name and auth). A client that asks for a
// name which is no namespace yet is let in when a rule says so: rules are asked in the order in which they were made, and the
// first that agrees makes the namespace, a child of it. protocol.md 4.7.
//
// What is registered on the parent is what a child begins with; children that exist already are left as they are. What is
// emitted to the parent reaches all children of this server. A handle, cheap to copy; valid while its server lives. Any thread.
#pragma once

#include <jackfield/broadcast.hpp>
#include <jackfield/detail/joining.hpp>
#include <jackfield/nsp.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

namespace srv {
class parent;
void intrusive_ptr_add_ref(const parent*) noexcept;
void intrusive_ptr_release(const parent*) noexcept;
}  // namespace srv

/// Which sockets of all children. A value, as broadcast_operator is. Broadcasts to children ask for no acknowledgement, and
/// their sockets are fetched from each child: a child may exist on one server of a cluster and not on another.
class parent_operator {
 public:
  /// Also to the members of these rooms of each child: one name or several.
  template <class R>
  parent_operator to(const R& rooms) const {
    return {parent_, which_.to(rooms)};
  }
  parent_operator to(std::initializer_list<std::string_view> rooms) const { return {parent_, which_.to(rooms)}; }
  /// The same as to().
  template <class R>
  parent_operator in(const R& rooms) const {
    return to(rooms);
  }
  parent_operator in(std::initializer_list<std::string_view> rooms) const { return to(rooms); }
  /// But not to the members of these rooms of each child: one name or several.
  template <class R>
  parent_operator except(const R& rooms) const {
    return {parent_, which_.except(rooms)};
  }
  parent_operator except(std::initializer_list<std::string_view> rooms) const { return {parent_, which_.except(rooms)}; }
  parent_operator local() const { return {parent_, which_.local()}; }                 // broadcast_operator::local
  parent_operator volatile_() const { return {parent_, which_.volatile_()}; }         // broadcast_operator::volatile_
  parent_operator compress(bool on) const { return {parent_, which_.compress(on)}; }  // broadcast_operator::compress

  /// Sends an event; its arguments are written once for all children. Values: what jf::packer::add takes. Throws
  /// bad_result(reserved_name), bad_result(bad_json).
  template <class... A>
  void emit(std::string_view event, const A&... a) const {
    static_assert(!detail::ends_with_callback<A...>, "broadcasts of a parent have no acknowledgements");
    packer p(event);
    (p.add(a), ...);
    send_packed(p);
  }
  /// emit("message", …).
  template <class... A>
  void send(const A&... a) const {
    emit("message", a...);
  }
  /// emit("message", …).
  template <class... A>
  void write(const A&... a) const {
    emit("message", a...);
  }
  /// The sockets meant join these rooms, each in its own namespace.
  void sockets_join(std::string_view room) const { sockets_join(std::vector<std::string>{std::string(room)}); }
  void sockets_join(const std::vector<std::string>& rooms) const;
  /// The sockets meant leave these rooms.
  void sockets_leave(std::string_view room) const { sockets_leave(std::vector<std::string>{std::string(room)}); }
  void sockets_leave(const std::vector<std::string>& rooms) const;
  /// `close`: their connections are closed too, with all their namespaces.
  void disconnect_sockets(bool close = false) const;

  /// The library's.
  parent_operator(detail::ref<srv::parent> p, broadcast_operator which);
  parent_operator(const parent_operator&);
  parent_operator(parent_operator&&) noexcept;
  parent_operator& operator=(const parent_operator&);
  parent_operator& operator=(parent_operator&&) noexcept;
  ~parent_operator();

 private:
  void send_packed(packer& p) const;
  template <class F>
  void each_child(F f) const;

  detail::ref<srv::parent> parent_;
  broadcast_operator which_;  // of no namespace: each child's takes its place
};

class parent_nsp {
 public:
  /// nsp::on_connection, for the children to come.
  template <class F>
  listener_id on_connection(F&& f) const {
    return connection_handler(detail::make_connection_fn(std::forward<F>(f)));
  }
  /// nsp::use, for the children to come. It runs behind the rule that made the child.
  template <class F>
  void use(F&& f) const {
    middleware(detail::make_middleware_fn(std::forward<F>(f)));
  }
  /// nsp::on_bad_event, for the children to come.
  void on_bad_event(std::function<void(const bad_event&)> f) const;
  /// nsp::on_room, for the children to come.
  void on_room(std::function<void(room_event, std::string_view room, std::string_view id)> f) const;
  /// nsp::on_server_side, for the children to come.
  template <class F>
  listener_id on_server_side(std::string_view event, F&& f) const {
    return server_handler(event, detail::make_handler(std::forward<F>(f)));
  }
  /// Removes a handler of on_connection or on_server_side; children that exist keep it.
  void off(listener_id one) const;

  /// To every socket of every child of this server: parent_operator::emit.
  template <class... A>
  void emit(std::string_view event, const A&... a) const {
    all().emit(event, a...);
  }
  /// emit("message", …).
  template <class... A>
  void send(const A&... a) const {
    all().send(a...);
  }
  /// emit("message", …).
  template <class... A>
  void write(const A&... a) const {
    all().send(a...);
  }
  /// To the members of these rooms of each child: parent_operator::to.
  template <class R>
  parent_operator to(const R& rooms) const {
    return all().to(rooms);
  }
  parent_operator to(std::initializer_list<std::string_view> rooms) const { return all().to(rooms); }
  /// The same as to().
  template <class R>
  parent_operator in(const R& rooms) const {
    return all().to(rooms);
  }
  parent_operator in(std::initializer_list<std::string_view> rooms) const { return all().to(rooms); }
  /// To all of each child but the members of these rooms.
  template <class R>
  parent_operator except(const R& rooms) const {
    return all().except(rooms);
  }
  parent_operator except(std::initializer_list<std::string_view> rooms) const { return all().except(rooms); }
  parent_operator local() const { return all().local(); }                 // broadcast_operator::local
  parent_operator volatile_() const { return all().volatile_(); }         // broadcast_operator::volatile_
  parent_operator compress(bool on) const { return all().compress(on); }  // broadcast_operator::compress
  /// Every socket of every child joins these rooms.
  void sockets_join(std::string_view room) const { all().sockets_join(room); }
  void sockets_join(const std::vector<std::string>& rooms) const { all().sockets_join(rooms); }
  /// Every socket of every child leaves these rooms.
  void sockets_leave(std::string_view room) const { all().sockets_leave(room); }
  void sockets_leave(const std::vector<std::string>& rooms) const { all().sockets_leave(rooms); }
  /// Every socket of every child is disconnected; `close`: their connections are closed too, with all their namespaces.
  void disconnect_sockets(bool close = false) const { all().disconnect_sockets(close); }

  /// Those that exist now.
  std::vector<nsp> children() const;

  /// The library's.
  explicit parent_nsp(detail::ref<srv::parent> p) noexcept;

 private:
  listener_id connection_handler(detail::connection_fn f) const;
  void middleware(detail::middleware_fn f) const;
  listener_id server_handler(std::string_view event, detail::ref<detail::event_handler> h) const;
  parent_operator all() const;

  detail::ref<srv::parent> core_;
};

namespace detail {

/// May this name be a namespace? next() says yes, a refusal no.
using name_rule = std::function<void(std::string_view name, const value& auth, next)>;

detached decide(task<bool> t, next n);

template <class F>
name_rule make_name_rule(F&& f) {
  if constexpr (std::is_invocable_v<F&, std::string_view, const value&, next>) {
    return std::forward<F>(f);
  } else if constexpr (std::is_same_v<std::invoke_result_t<F&, std::string_view, const value&>, task<bool>>) {
    return [f = std::make_shared<std::decay_t<F>>(std::forward<F>(f))](std::string_view name, const value& auth, next n) {
      decide((*f)(name, auth), std::move(n));
    };
  } else {
    return [f = std::forward<F>(f)](std::string_view name, const value& auth, next n) mutable {
      f(name, auth) ? n() : n(refuse(std::string()));
    };
  }
}

/// A function that may decide about names: `bool(name, auth)`, `task<bool>(name, auth)` or `void(name, auth, next)`.
template <class F>
concept decides_names = std::is_invocable_v<F&, std::string_view, const value&, next> ||
    std::is_invocable_r_v<bool, F&, std::string_view, const value&> ||
    std::is_invocable_r_v<task<bool>, F&, std::string_view, const value&>;

}  // namespace detail
}  // namespace jackfield
