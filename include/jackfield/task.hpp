// task<T>: a coroutine that runs when awaited and hands its caller a T, or its exception. Handlers may be such
// coroutines. One allocation: the frame. Transfers to and from its awaiter directly (no stack grows).
// Thread: it goes on where what it awaits completes; the awaitables of a socket complete on the socket's worker.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace jackfield {

template <class T = void>
class [[nodiscard]] task;

namespace detail {

struct task_promise_base {
  std::coroutine_handle<> awaiter;
  std::exception_ptr thrown;

  struct hand_back {
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> done) const noexcept {
      return done.promise().awaiter;
    }
    void await_resume() const noexcept {}
  };
  std::suspend_always initial_suspend() const noexcept { return {}; }
  hand_back final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { thrown = std::current_exception(); }
};

template <class T>
struct task_promise : task_promise_base {
  std::optional<T> value;
  task<T> get_return_object() noexcept;
  template <class U>
  requires std::is_constructible_v<T, U&&>
  void return_value(U&& u) { value.emplace(std::forward<U>(u)); }
  T take() {
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*value);
  }
};

template <>
struct task_promise<void> : task_promise_base {
  task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const {
    if (thrown) std::rethrow_exception(thrown);
  }
};

/// A coroutine nobody waits for: runs at once, frees itself. What it runs must not throw.
struct detached {
  struct promise_type {
    detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

}  // namespace detail

/// Moved, not copied. Never started: destroyed without running. REQUIRES: not destroyed while it waits.
template <class T>
class [[nodiscard]] task {
 public:
  using promise_type = detail::task_promise<T>;  // the compiler's way in
  using value_type = T;                          // what it hands over

  /// The library's.
  explicit task(std::coroutine_handle<promise_type> h) noexcept : handle_(h) {}
  task(task&& o) noexcept : handle_(std::exchange(o.handle_, nullptr)) {}
  task& operator=(task&& o) noexcept {
    std::swap(handle_, o.handle_);
    return *this;
  }
  ~task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }  // the library's
  /// The library's: starts it; `awaiter` goes on when it is done.
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) const noexcept {
    handle_.promise().awaiter = awaiter;
    return handle_;
  }
  T await_resume() const { return handle_.promise().take(); }  // the library's

 private:
  std::coroutine_handle<promise_type> handle_;
};

template <class T>
task<T> detail::task_promise<T>::get_return_object() noexcept {
  return task<T>(std::coroutine_handle<task_promise>::from_promise(*this));
}
inline task<void> detail::task_promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}

/// Whether a type is a task of something: a handler that returns one is a coroutine.
template <class T>
inline constexpr bool is_task = false;
/// It is one.
template <class T>
inline constexpr bool is_task<task<T>> = true;

}  // namespace jackfield
