// broadcast_operator: who shall get it: rooms, exceptions, flags. A value: every modifier gives a new one, so one may be
// kept and used again. From io.to("room"), nsp.except(…), socket.broadcast(), … protocol.md 4.6.
//
// Any thread. What is emitted is encoded once; receivers get the same bytes. Sockets still in a middleware get nothing.
#pragma once

#include <jackfield/detail/emitting.hpp>
#include <jackfield/detail/shared.hpp>
#include <jackfield/packer.hpp>
#include <jackfield/pending.hpp>
#include <jackfield/value.hpp>

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

class socket;

namespace srv {
class realm;
class socket;
void intrusive_ptr_add_ref(const socket*) noexcept;
void intrusive_ptr_release(const socket*) noexcept;
void intrusive_ptr_add_ref(const realm*) noexcept;
void intrusive_ptr_release(const realm*) noexcept;
}  // namespace srv

/// Answers of a broadcast that was to be acknowledged: the first argument of each, in order of arrival.
/// With an error (timeout) the ones that came in time.
struct answers {
  std::vector<value> values;  // an absent argument is null
  jackfield::error error;     // timeout: some did not answer in time
};

/// Thrown to a coroutine that waits for all answers when some did not come in time.
class incomplete_answers : public bad_result {
 public:
  /// The library's.
  incomplete_answers(const error& e, std::vector<value> v) : bad_result(e), values_(std::move(v)) {}
  const std::vector<value>& values() const noexcept { return values_; }  // those that came, in order of arrival

 private:
  std::vector<value> values_;
};

/// The answers to come. Wait for them in one form, once: `co_await p` gives the values or throws incomplete_answers.
class pending_answers {
 public:
  /// The library's.
  explicit pending_answers(pending<answers> p) : inner_(std::move(p)) {}
  /// Values and error together; does not throw.
  pending<answers>::result_awaiter as_result() const { return inner_.as_result(); }
  /// The library's: what co_await makes of it.
  class awaiter {
   public:
    explicit awaiter(pending<answers>::result_awaiter a) : inner_(std::move(a)) {}
    bool await_ready() const noexcept { return inner_.await_ready(); }
    bool await_suspend(std::coroutine_handle<> h) const noexcept { return inner_.await_suspend(h); }
    std::vector<value> await_resume() const {
      auto all = inner_.await_resume().value();
      if (all.error) throw incomplete_answers(all.error, std::move(all.values));
      return std::move(all.values);
    }

   private:
    pending<answers>::result_awaiter inner_;
  };
  awaiter operator co_await() const { return awaiter(inner_.as_result()); }  // the library's
  /// Values and error together. Never get() it on the worker's own thread.
  std::future<answers> future() const { return inner_.future(); }
  /// f(error, std::vector<value>), on the worker.
  template <class F>
  void then_answers(F f) const {
    inner_.then([f = std::move(f)](result<answers> r) mutable {
      auto all = std::move(r).value();
      f(std::move(all.error), std::move(all.values));
    });
  }

 private:
  pending<answers> inner_;
};

class broadcast_operator {
 public:
  /// Also to the members of these rooms. A socket's id is a room. A socket gets it once, however many rooms it is in.
  broadcast_operator to(std::string_view room) const& { return copy().to(room); }
  broadcast_operator to(std::string_view room) &&;
  broadcast_operator to(std::initializer_list<std::string_view> rooms) const;
  broadcast_operator to(const std::vector<std::string>& rooms) const;
  /// The same as to().
  template <class R>
  broadcast_operator in(const R& rooms) const {
    return to(rooms);
  }
  broadcast_operator in(std::initializer_list<std::string_view> rooms) const { return to(rooms); }
  /// But not to the members of these rooms.
  broadcast_operator except(std::string_view room) const& { return copy().except(room); }
  broadcast_operator except(std::string_view room) &&;
  broadcast_operator except(std::initializer_list<std::string_view> rooms) const;
  broadcast_operator except(const std::vector<std::string>& rooms) const;
  /// Not to sockets on other nodes.
  broadcast_operator local() const;
  /// Dropped for who cannot take it at once.
  broadcast_operator volatile_() const;
  /// Whether transports may compress it; they may unless told otherwise.
  broadcast_operator compress(bool on) const;
  /// Under overflow::keep_latest the event takes the place of the one with this key that still waits for a client.
  broadcast_operator latest(std::string_view key) const;
  /// How long answers are waited for. Default: limit_options::ack_time.
  broadcast_operator timeout(std::chrono::milliseconds t) const;

  /// Sends an event: values as jf::packer::add takes them. A callable as last argument wants the answers of all:
  /// `(jf::error, std::vector<jf::value>)`, called on the worker. Throws bad_result(reserved_name), bad_result(bad_json).
  template <class... A>
  void emit(std::string_view event, const A&... a) const {
    packer p(event);
    if constexpr (detail::ends_with_callback<A...>) {
      auto callback = detail::pack_all_but_last(p, a...);
      ask(p).then_answers(std::move(callback));
    } else {
      (p.add(a), ...);
      send(p);
    }
  }
  /// emit("message", …).
  template <class... A>
  void send(const A&... a) const requires(sizeof...(A) > 0 && !(std::same_as<A, packer> || ...)) {
    emit("message", a...);
  }
  /// emit("message", …).
  template <class... A>
  void write(const A&... a) const {
    emit("message", a...);
  }

  /// `std::vector<value> all = co_await op.timeout(5s).emit_with_ack("q");` throws incomplete_answers on a timeout.
  template <class... A>
  pending_answers emit_with_ack(std::string_view event, const A&... a) const {
    packer p(event);
    (p.add(a), ...);
    return ask(p);
  }

  /// The matching sockets.
  pending<std::vector<socket>> fetch_sockets() const;
  /// Their ids.
  pending<std::vector<std::string>> all_sockets() const;
  /// The sockets meant join these rooms; one that has as many as limit_options::rooms_per_socket stays out.
  void sockets_join(std::string_view room) const { sockets_join(std::vector<std::string>{std::string(room)}); }
  void sockets_join(const std::vector<std::string>& rooms) const;
  void sockets_join(std::initializer_list<std::string_view> rooms) const { sockets_join(strings(rooms)); }
  /// The sockets meant leave these rooms.
  void sockets_leave(std::initializer_list<std::string_view> rooms) const { sockets_leave(strings(rooms)); }
  void sockets_leave(std::string_view room) const { sockets_leave(std::vector<std::string>{std::string(room)}); }
  void sockets_leave(const std::vector<std::string>& rooms) const;
  /// The sockets meant are disconnected; `close`: their connections are closed too, with all their namespaces.
  void disconnect_sockets(bool close = false) const;

  /// The library's.
  broadcast_operator(detail::ref<srv::realm> n, detail::emit_flags f, detail::ref<srv::socket> but = nullptr);
  broadcast_operator(const broadcast_operator&);
  broadcast_operator(broadcast_operator&&) noexcept;
  broadcast_operator& operator=(const broadcast_operator&);
  broadcast_operator& operator=(broadcast_operator&&) noexcept;
  ~broadcast_operator();

 private:
  friend class socket;
  friend class parent_operator;
  broadcast_operator copy() const { return *this; }
  static std::vector<std::string> strings(std::initializer_list<std::string_view> l) { return {l.begin(), l.end()}; }
  void send(packer&) const;
  pending_answers ask(packer&) const;

  detail::ref<srv::realm> nsp_;
  detail::ref<srv::socket> but_;  // the sender, who does not get it
  detail::name_list rooms_, except_;
  detail::emit_flags flags_;
  friend struct detail::targets;
};

}  // namespace jackfield
