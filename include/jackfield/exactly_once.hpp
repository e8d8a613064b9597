// exactly_once: an event that its client sends again until it is answered (the JavaScript client's `retries`) runs its handler
// once; what comes again gets the first answer, also while the handler is still at work, and after a recovered connection.
//
//   s.on("order", [](order o, std::string id) { return book(o); }, jf::exactly_once(1));   // the id is the key
//   client: socket.emit("order", order, crypto.randomUUID())                               // with {retries: 3, ackTimeout: 5000}
//
// Nothing that clients send by themselves tells a retry from a second event with the same arguments, so a key in the arguments
// is needed: unique per event of a client, the same in each of its retries. A key that comes with other arguments is
// refused like an argument that does not fit. A handler that returns nothing and takes no ack answers when it has returned.
//
// Answers are kept with the socket: limit_options::kept_answers, kept_answer_bytes; the oldest go first. A fresh connection
// (one that is not recovered) begins with none.
#pragma once

#include <jackfield/arg.hpp>
#include <jackfield/detail/shared.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace jackfield {

class exactly_once {
 public:
  using key_fn = std::function<std::optional<std::string>(const args&)>;  // the key of an event; nothing: it has none

  /// The argument that is the key: a text of at most 256 bytes, or a number. Negative: from the end, -1 is the last.
  explicit exactly_once(int argument = -1) noexcept : argument_(argument) {}
  /// The key is made of the arguments; without one the event runs whenever it comes. On the worker.
  template <class F>
  requires std::is_invocable_r_v<std::optional<std::string>, F&, const args&> explicit exactly_once(F f) : make_(std::move(f)) {}

  /// The library's.
  int argument() const noexcept { return argument_; }
  const key_fn& make() const noexcept { return make_; }  // the library's

 private:
  int argument_ = 0;
  key_fn make_;
};

namespace detail {

class event_handler;
ref<event_handler> make_once(ref<event_handler> h, exactly_once rule);

}  // namespace detail
}  // namespace jackfield
