// joining: what on_connection and use make of the program's functions: plain ones of one shape each.
#pragma once

#include <jackfield/socket.hpp>

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace jackfield::detail {

using connection_fn = std::function<void(socket)>;
using middleware_fn = std::function<void(socket, next)>;

detached run_handler(task<void> t, socket s);
detached run_middleware(task<void> t, socket s, next n);
/// Called in a catch block: answers what was thrown.
void refuse_thrown(const socket& s, const next& n);

template <class F>
connection_fn make_connection_fn(F&& f) {
  if constexpr (std::is_same_v<std::invoke_result_t<F&, socket>, task<void>>) {
    // The lambda's captures are its coroutines': one copy of it, as long as the namespace.
    return [f = std::make_shared<std::decay_t<F>>(std::forward<F>(f))](socket s) { run_handler((*f)(s), s); };
  } else {
    return std::forward<F>(f);
  }
}

template <class F>
middleware_fn make_middleware_fn(F&& f) {
  if constexpr (std::is_invocable_v<F&, socket, next>) {
    if constexpr (std::is_same_v<std::invoke_result_t<F&, socket, next>, task<void>>) {
      return [f = std::make_shared<std::decay_t<F>>(std::forward<F>(f))](socket s, next n) { run_handler((*f)(s, n), s); };
    } else {
      return std::forward<F>(f);
    }
  } else if constexpr (std::is_same_v<std::invoke_result_t<F&, socket>, task<void>>) {
    return [f = std::make_shared<std::decay_t<F>>(std::forward<F>(f))](socket s, next n) { run_middleware((*f)(s), s, n); };
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

}  // namespace jackfield::detail
