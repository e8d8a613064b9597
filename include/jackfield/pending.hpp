// pending<T>: something that was asked for and comes later: an acknowledgement, the sockets of a room. One shared
// state; wait for it in the form you like, once:
//
//   T v = co_await p;                       // throws bad_result
//   result<T> r = co_await p.as_result();
//   std::future<T> f = p.future();          // never get() it on the worker's own thread
//   p.then([](result<T> r) { … });
//
// What was asked was sent when the pending was made; dropping it is fine. Completes on the worker's thread, and a
// coroutine that waits goes on there. The functions may be called from any thread, by one at a time.
#pragma once

#include <jackfield/detail/shared.hpp>
#include <jackfield/result.hpp>
#include <jackfield/task.hpp>

#include <atomic>
#include <coroutine>
#include <exception>
#include <future>
#include <optional>
#include <utility>

namespace jackfield {

class args;

namespace detail {

/// Who waits for an answer from the peer. One of both is called, once, on the worker's thread.
class waiter : public shared {
 public:
  virtual void answered(const args&) = 0;
  virtual void failed(error) = 0;
};

/// Completion that a coroutine can wait for, from any thread.
class completion {
 public:
  bool done() const noexcept { return awaiter_.load(std::memory_order_acquire) == finished(); }
  /// False: done already, do not suspend.
  bool suspend(std::coroutine_handle<> h) noexcept {
    void* nobody = nullptr;
    return awaiter_.compare_exchange_strong(nobody, h.address(), std::memory_order_acq_rel);
  }
  void finish() {
    void* who = awaiter_.exchange(finished(), std::memory_order_acq_rel);
    if (who != nullptr && who != finished()) std::coroutine_handle<>::from_address(who).resume();
  }

 private:
  static void* finished() noexcept {
    static char mark;
    return &mark;
  }
  std::atomic<void*> awaiter_{nullptr};
};

template <class T>
class pending_state : public waiter {
 public:
  void answered(const args&) override {}
  void failed(error e) override { complete(std::move(e)); }
  void complete(result<T> r) {
    if (outcome) return;
    outcome.emplace(std::move(r));
    const ref<pending_state> alive(this);
    when.finish();
  }

  completion when;
  std::optional<result<T>> outcome;  // written before `when` is finished
};

}  // namespace detail

template <class T>
class pending {
 public:
  /// The library's.
  explicit pending(detail::ref<detail::pending_state<T>> state) noexcept : state_(std::move(state)) {}

  bool ready() const noexcept { return state_->when.done(); }  // it is there: waiting does not suspend

  /// The library's: what co_await makes of as_result().
  class result_awaiter {
   public:
    bool await_ready() const noexcept { return state_->when.done(); }
    bool await_suspend(std::coroutine_handle<> h) const noexcept { return state_->when.suspend(h); }
    result<T> await_resume() const { return std::move(*state_->outcome); }

   private:
    friend class pending;
    explicit result_awaiter(detail::ref<detail::pending_state<T>> s) noexcept : state_(std::move(s)) {}
    detail::ref<detail::pending_state<T>> state_;
  };
  /// The library's: what co_await makes of a pending.
  class value_awaiter {
   public:
    bool await_ready() const noexcept { return inner_.await_ready(); }
    bool await_suspend(std::coroutine_handle<> h) const noexcept { return inner_.await_suspend(h); }
    T await_resume() const { return inner_.await_resume().value(); }

   private:
    friend class pending;
    explicit value_awaiter(result_awaiter r) noexcept : inner_(std::move(r)) {}
    result_awaiter inner_;
  };

  result_awaiter as_result() const { return result_awaiter(state_); }                        // co_await gives a result<T>
  value_awaiter operator co_await() const { return value_awaiter(result_awaiter(state_)); }  // gives a T, or throws bad_result

  /// For threads that may block: its get() throws bad_result. Never on the worker's own thread, which has to bring the answer.
  std::future<T> future() const {
    std::promise<T> p;
    auto f = p.get_future();
    fulfil(*this, std::move(p));
    return f;
  }
  /// f(result<T>), on the worker; at once, here, when the answer is there already. f must not throw.
  template <class F>
  void then(F f) const {
    call(*this, std::move(f));
  }

 private:
  static detail::detached fulfil(pending self, std::promise<T> p) {
    auto r = co_await self.as_result();
    if constexpr (std::is_void_v<T>) {
      if (r) co_return p.set_value();
    } else {
      if (r) co_return p.set_value(std::move(*r));
    }
    p.set_exception(std::make_exception_ptr(bad_result(r.error())));
  }
  template <class F>
  static detail::detached call(pending self, F f) {
    f(co_await self.as_result());
  }
  detail::ref<detail::pending_state<T>> state_;
};

}  // namespace jackfield
