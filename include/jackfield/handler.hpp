// handler: from a lambda's parameter types to a handler of events. What a handler may take, in this order:
//
//   jf::socket              first, if at all: the socket the event came on
//   arguments of the event  bool, integers, floating point, std::string, std::string_view (of the packet: only during
//                           the call, not in coroutines), jf::bytes, jf::bytes_view (likewise), jf::value, described
//                           structs, containers, std::optional<T> (nothing when missing or null), jf::arg, jf::args (all)
//   jf::ack                 last, if at all: the answer, empty when nobody asked
//
// What it returns, unless void, is the answer; a jf::task<T> answers when it is done (task<void>: without a value).
// An argument that does not fit keeps the handler from being called: on_bad_event hears of it, and an answer that was
// asked for is {"error":{"code":"bad_argument","message":"argument 1: …"}}. A handler that throws: on_fault hears of it,
// and the answer is {"error":{"code":"failed","message":"the handler failed"}}. Fewer or more arguments than parameters:
// missing ones fit optional, value, arg; surplus ones are not looked at.
#pragma once

#include <jackfield/ack.hpp>
#include <jackfield/arg.hpp>
#include <jackfield/detail/signature.hpp>
#include <jackfield/next.hpp>
#include <jackfield/task.hpp>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace jackfield {

/// Names one registered handler, for off().
enum class listener_id : std::uint32_t {};

/// Why a socket left its namespace.
enum class disconnect_reason : std::uint8_t {
  transport_close,              // the connection was closed by the client, or lost
  transport_error,              // the connection broke, or the client broke the transport's rules
  ping_timeout,                 // no pong in time
  parse_error,                  // an undecodable Engine.IO packet
  forced_close,                 // conn().close(), an undecodable or forbidden Socket.IO packet
  forced_server_close,          // the same, on polling while no request was open
  server_shutting_down,         // server::close()
  client_namespace_disconnect,  // the client left the namespace
  server_namespace_disconnect,  // disconnect() here
  slow_consumer,                // too much unsent
  io_server_disconnect,         // at a client: the server sent the socket away; it does not come back by itself
  io_client_disconnect,         // at a client: disconnect()
};
/// The reference's words: "transport close", "ping timeout", …
std::string_view name_of(disconnect_reason) noexcept;

namespace detail {

/// Never twice the same in a process.
listener_id next_listener_id() noexcept;

/// What exactly_once found out about an event.
enum class repetition : std::uint8_t { unknown, first, again };

/// One event on its way to its handlers. Borrowed during the call.
struct incoming {
  sio::endpoint* to = nullptr;
  std::string_view name;
  const args* arguments = nullptr;
  std::uint64_t ack_id = 0;
  bool wants_ack = false;
  repetition seen = repetition::unknown;
  disconnect_reason why{};            // disconnecting, disconnect
  std::string_view text;              // disconnecting, disconnect: description; error: the message
  errc code = errc::none;             // error
  jackfield::event* event = nullptr;  // middleware: the event, the chain and the step to answer
  detail::chain* chain = nullptr;
  std::size_t step = 0;

  /// The answer, to the first who asks for it.
  ack take_ack();
};

/// A registered handler. Shared by its table and the coroutines that it started.
class event_handler : public shared {
 public:
  virtual void call(incoming&) = 0;

  listener_id id() const noexcept { return id_; }
  bool once() const noexcept { return once_; }
  void set_once() noexcept { once_ = true; }

  /// How many calls may be under way at a time: coroutines that have not ended. 0: any number.
  void set_concurrency(std::uint16_t n) noexcept { at_most_ = n; }
  bool busy() const noexcept { return at_most_ > 0 && running_ >= at_most_; }
  bool limited() const noexcept { return at_most_ > 0; }
  void count_running(int change) noexcept { running_ = static_cast<std::uint16_t>(running_ + change); }

 protected:
  event_handler() noexcept;

 private:
  listener_id id_;
  bool once_ = false;
  std::uint16_t at_most_ = 0, running_ = 0;
};

/// A coroutine handler whose calls are counted has ended.
void call_ended(sio::endpoint&, ref<event_handler>) noexcept;

/// An argument does not fit: on_bad_event, and the answer where one was asked for.
void refuse_argument(incoming&, std::size_t index, const misfit& why);
/// A handler whose answer this is ended with an exception.
void report_fault(sio::endpoint&, std::string_view event, std::exception_ptr, ack&) noexcept;

/// The same where no server is left to hear of it: the log.
void report_stray(std::string_view where, std::exception_ptr) noexcept;

/// Specialized for the handles of sockets: `static H make(incoming&)`.
template <class P>
struct handle_of {
  static constexpr bool is_handle = false;
};

/// Where one decoded argument waits for the call.
template <class P>
struct slot {
  using type = std::remove_cvref_t<P>;
  static constexpr bool borrows = false;
  type v{};
  bool read(const arg& a, bool, misfit& why) { return detail::read(a, v, why); }
  type&& take() { return std::move(v); }
};
template <>
struct slot<std::string_view> {
  static constexpr bool borrows = true;
  std::string_view v;
  std::string unescaped;
  bool read(const arg& a, bool, misfit& why) {
    if (auto plain = a.plain_text()) return v = *plain, true;
    if (!detail::read(a, unescaped, why)) return false;
    v = unescaped;
    return true;
  }
  std::string_view take() const { return v; }
};
template <>
struct slot<bytes_view> {
  static constexpr bool borrows = true;
  bytes_view v;
  bool read(const arg& a, bool, misfit& why) {
    auto b = a.binary();
    if (!b) return unfit(a, "binary", why);
    v = *b;
    return true;
  }
  bytes_view take() const { return v; }
};
template <>
struct slot<arg> {
  static constexpr bool borrows = false;
  arg v;
  bool read(const arg& a, bool keep, misfit&) { return v = keep ? a.keep() : a, true; }
  arg&& take() { return std::move(v); }
};

/// The parameters between the socket and the ack, in groups: handles take no argument, args takes none, others one each.
template <class P>
inline constexpr bool is_argument = !handle_of<P>::is_handle && !std::is_same_v<P, ack> && !std::is_same_v<P, args>;

template <class P>
struct parameter {
  std::conditional_t<is_argument<P>, slot<P>, std::tuple<>> in;
  bool read(incoming& e, std::size_t& at, bool keep, misfit& why) {
    if constexpr (is_argument<P>) {
      const std::size_t i = at++;
      if (in.read((*e.arguments)[i], keep, why)) return true;
      refuse_argument(e, i, why);
      return false;
    }
    return true;
  }
  decltype(auto) pass(incoming& e, bool keep) {
    if constexpr (handle_of<P>::is_handle)
      return handle_of<P>::make(e);
    else if constexpr (std::is_same_v<P, ack>)
      return e.take_ack();
    else if constexpr (std::is_same_v<P, args>)
      return keep ? e.arguments->keep() : *e.arguments;
    else
      return in.take();
  }
};

template <class T>
detached finish(ref<event_handler> lambda, ref<sio::endpoint> to, std::string event, task<T> t, ack answer) {
  const auto alive = std::move(lambda);  // its captures are the coroutine's
  const bool counted = alive->limited();
  if (counted) alive->count_running(1);
  std::exception_ptr thrown;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await t;
      answer();
    } else {
      answer(co_await t);
    }
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) report_fault(*to, event, thrown, answer);
  if (counted) call_ended(*to, alive);
}

template <class F, class R, class... P>
class typed_handler final : public event_handler {
 public:
  static constexpr bool coroutine = is_task<R>;
  static_assert(((std::is_same_v<P, std::remove_cvref_t<P>> || std::is_same_v<P, const std::remove_cvref_t<P>&>)&&...),
                "a handler takes its parameters by value or by const reference");
  static_assert(!coroutine || (!std::is_reference_v<P> && ...), "a coroutine handler takes its parameters by value");
  static_assert(!coroutine || ((!std::is_same_v<P, std::string_view> && !std::is_same_v<P, bytes_view>)&&...),
                "string_view and bytes_view end with the call: a coroutine handler takes std::string and jf::bytes");
  static_assert(std::is_void_v<R> || std::is_same_v<R, task<void>> || !(std::is_same_v<std::remove_cvref_t<P>, ack> || ...),
                "a handler either takes an ack or returns the answer");
  static_assert((int{std::is_same_v<std::remove_cvref_t<P>, ack>} + ... + 0) <= 1, "there is one ack");

  explicit typed_handler(F f) : f_(std::move(f)) {}

  void call(incoming& e) override {
    [[maybe_unused]] std::tuple<parameter<std::remove_cvref_t<P>>...> in;
    const bool fits = std::apply(
        [&](auto&... p) {
          [[maybe_unused]] std::size_t at = 0;
          [[maybe_unused]] misfit why;
          return (p.read(e, at, coroutine, why) && ...);
        },
        in);
    if (fits) std::apply([&](auto&... p) { run(e, p...); }, in);
  }

 private:
  template <class... S>
  void run(incoming& e, S&... p) {
    if constexpr (coroutine) {
      auto t = f_(p.pass(e, true)...);
      finish(ref<event_handler>(this), ref<sio::endpoint>(e.to), std::string(e.name), std::move(t), e.take_ack());
    } else if constexpr (std::is_void_v<R>) {
      f_(p.pass(e, false)...);
    } else {
      ack answer = e.take_ack();
      try {
        if (answer)
          answer(f_(p.pass(e, false)...));
        else
          static_cast<void>(f_(p.pass(e, false)...));
      } catch (...) {
        report_fault(*e.to, e.name, std::current_exception(), answer);
      }
    }
  }

  F f_;
};

template <class F>
struct handler_maker {
  template <class... P>
  using made = typed_handler<F, typename signature<F>::result, P...>;
  using type = typename signature<F>::template parameters<made>;
};

template <class F>
ref<event_handler> make_handler(F&& f) {
  using fn = std::decay_t<F>;
  static_assert(has_signature<fn>, "a handler is a lambda or function with known parameter types (no auto)");
  return ref<event_handler>(new typename handler_maker<fn>::type(std::forward<F>(f)));
}

/// A handler of the library's own events: f takes what `Pass` makes of the incoming.
template <class F, class Pass>
class plain_handler final : public event_handler {
 public:
  explicit plain_handler(F f) : f_(std::move(f)) {}
  void call(incoming& e) override { Pass::call(f_, e); }

 private:
  F f_;
};

struct pass_any {
  template <class F>
  static void call(F& f, incoming& e) {
    if constexpr (std::is_invocable_v<F&, std::string_view, const args&, ack>)
      f(e.name, *e.arguments, e.take_ack());
    else if constexpr (std::is_invocable_v<F&, std::string_view, const args&>)
      f(e.name, *e.arguments);
    else
      f(e.name);
  }
};
struct pass_reason {
  template <class F>
  static void call(F& f, incoming& e) {
    if constexpr (std::is_invocable_v<F&, disconnect_reason, std::string_view>)
      f(e.why, e.text);
    else if constexpr (std::is_invocable_v<F&, disconnect_reason>)
      f(e.why);
    else
      f();
  }
};
struct pass_middleware {
  template <class F>
  static void call(F& f, incoming& e) {
    f(*e.event, next(ref<chain>(e.chain), e.step));
  }
};
struct pass_error {
  template <class F>
  static void call(F& f, incoming& e) {
    f(error{e.code, std::string(e.text)});
  }
};

template <class Pass, class F>
ref<event_handler> make_plain(F&& f) {
  return ref<event_handler>(new plain_handler<std::decay_t<F>, Pass>(std::forward<F>(f)));
}

}  // namespace detail
}  // namespace jackfield
