// next: how a middleware goes on. `next()` admits, `next(jf::refuse("why"))` refuses. May be kept, copied and called
// later from any thread; the first call counts, and a middleware that never calls it is ended by the time limit
// (limit_options::middleware_time).
#pragma once

#include <jackfield/ack.hpp>
#include <jackfield/arg.hpp>
#include <jackfield/detail/shared.hpp>
#include <jackfield/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace jackfield {

/// No. The client of a refused CONNECT gets {"message":…} and, when there is some, "data". May also be thrown by a middleware.
struct refuse {
  /// The words, and a value beside them.
  explicit refuse(std::string m) : message(std::move(m)) {}
  refuse(std::string m, value d) : message(std::move(m)), data(std::move(d)) {}
  std::string message;        // the `message` of the client's connect_error
  std::optional<value> data;  // its `data`; nothing: there is none
};

namespace detail {

/// A chain of middlewares under way.
class chain : public shared {
 public:
  /// Step `step` says yes (nothing) or no. Steps that were answered before are ignored. Any thread.
  virtual void answer(std::size_t step, std::optional<refuse> no) = 0;
};

}  // namespace detail

class next {
 public:
  void operator()() const { chain_->answer(step_, std::nullopt); }            // admits: the next middleware's turn
  void operator()(refuse no) const { chain_->answer(step_, std::move(no)); }  // refuses: the middlewares behind it do not run
  /// The library's.
  next(detail::ref<detail::chain> c, std::size_t step) noexcept : chain_(std::move(c)), step_(step) {}

 private:
  detail::ref<detail::chain> chain_;
  std::size_t step_;
};

/// What a socket's middlewares see of an event: they may rename it and replace its arguments.
/// Valid until the chain has answered. Only on the socket's worker.
class event {
 public:
  /// The library's; also for tests of middlewares.
  explicit event(std::string name, args arguments, ack answer = {})
      : name_(std::move(name)), arguments_(std::move(arguments)), answer_(std::move(answer)) {}
  const std::string& name() const noexcept { return name_; }     // as the client sent it, or as rename() left it
  const args& arguments() const noexcept { return arguments_; }  // likewise; valid as long as the event
  void rename(std::string to) { name_ = std::move(to); }         // the handlers of that name run instead
  /// New arguments: an array of values.
  void replace(const array& values);
  /// Its sender waits for an answer, and nobody took it.
  bool wants_ack() const noexcept { return static_cast<bool>(answer_); }
  /// The answer, for a middleware that gives it itself (why it refuses, say). Handlers, and whoever asks again, get an empty one.
  ack take_ack() noexcept { return std::exchange(answer_, ack()); }

 private:
  std::string name_;
  args arguments_;
  ack answer_;
};

}  // namespace jackfield
