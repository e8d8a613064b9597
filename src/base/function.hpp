// unique_function: a callable that is moved, never copied (std::move_only_function is C++23).
// Small callables (up to 32 bytes, nothrow movable) live inside, others on the heap. Not thread-safe.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace jackfield::base {

template <class Signature>
class unique_function;

template <class R, class... A>
class unique_function<R(A...)> {
 public:
  unique_function() noexcept = default;
  unique_function(std::nullptr_t) noexcept {}

  template <class F>
  requires(!std::is_same_v<std::decay_t<F>, unique_function> && std::is_invocable_r_v<R, std::decay_t<F>&, A...>)
      unique_function(F&& f) {
    using T = std::decay_t<F>;
    if constexpr (fits_inside<T>) {
      ::new (static_cast<void*>(store_)) T(std::forward<F>(f));
      ops_ = &inside<T>;
    } else {
      *reinterpret_cast<T**>(store_) = new T(std::forward<F>(f));
      ops_ = &outside<T>;
    }
  }

  unique_function(unique_function&& o) noexcept { take(o); }
  unique_function& operator=(unique_function&& o) noexcept {
    if (this != &o) {
      reset();
      take(o);
    }
    return *this;
  }
  ~unique_function() { reset(); }

  explicit operator bool() const noexcept { return ops_ != nullptr; }
  /// REQUIRES: not empty.
  R operator()(A... a) { return ops_->call(store_, std::forward<A>(a)...); }

 private:
  struct ops {
    R (*call)(void*, A&&...);
    void (*move)(void* to, void* from) noexcept;
    void (*destroy)(void*) noexcept;
  };
  static constexpr std::size_t room = 32;
  template <class T>
  static constexpr bool fits_inside = sizeof(T) <= room &&
                                      alignof(T) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<T>;

  template <class T>
  static constexpr ops inside{[](void* s, A&&... a) -> R { return (*std::launder(static_cast<T*>(s)))(std::forward<A>(a)...); },
                              [](void* to, void* from) noexcept {
                                ::new (to) T(std::move(*std::launder(static_cast<T*>(from))));
                                std::launder(static_cast<T*>(from))->~T();
                              },
                              [](void* s) noexcept { std::launder(static_cast<T*>(s))->~T(); }};
  template <class T>
  static constexpr ops outside{[](void* s, A&&... a) -> R { return (**static_cast<T**>(s))(std::forward<A>(a)...); },
                               [](void* to, void* from) noexcept { *static_cast<T**>(to) = *static_cast<T**>(from); },
                               [](void* s) noexcept { delete *static_cast<T**>(s); }};

  void take(unique_function& o) noexcept {
    if (o.ops_) {
      o.ops_->move(store_, o.store_);
      ops_ = std::exchange(o.ops_, nullptr);
    }
  }
  void reset() noexcept {
    if (ops_) std::exchange(ops_, nullptr)->destroy(store_);
  }

  alignas(std::max_align_t) std::byte store_[room];
  const ops* ops_ = nullptr;
};

}  // namespace jackfield::base
