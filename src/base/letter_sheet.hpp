// letter_sheet: callables of any size, one behind another in one block of memory: what one thread writes for another to call.
// A letter costs its bytes: no allocation, and whoever reads finds the next one where the processor fetches by itself.
//
// One thread writes, then hands the whole sheet over; one thread calls. Not thread-safe.
#pragma once

#include "base/ref.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace jackfield::base {

class letter_sheet {
 public:
  static constexpr std::size_t bytes = 4 * 1024;  // a turn's letters; one alone that waits for long takes as much

  letter_sheet() : space_(std::make_unique_for_overwrite<char[]>(bytes)) {}
  letter_sheet(const letter_sheet&) = delete;
  letter_sheet& operator=(const letter_sheet&) = delete;
  ~letter_sheet() { clear(); }

  /// What an F and `tail` bytes of its own behind it take.
  template <class F>
  static constexpr std::size_t cost(std::size_t tail) noexcept {
    return (sizeof(head) + sizeof(F) + tail + step - 1) / step * step;
  }
  bool has_room(std::size_t cost) const noexcept { return bytes - used_ >= cost + cost_of_keeping; }
  bool empty() const noexcept { return letters_ == 0; }
  /// Letters, without what is kept for them.
  std::size_t size() const noexcept { return letters_; }

  /// Writes an F made of `a`, called as f(), and behind it room for `tail` bytes, at tail_of(f).
  /// REQUIRES: has_room(cost<F>(tail)).
  template <class F, class... A>
  F& add(std::size_t tail, A&&... a) {
    static_assert(alignof(F) <= step);
    F& f = write<F>(cost<F>(tail), std::forward<A>(a)...);
    ++letters_;
    return f;
  }
  /// Holds `what` until the letters written so far, and those that come, were called. Told again and again of the same one, it
  /// holds it once. At most once for each letter.
  template <class T>
  void keep(T& what) {
    static_assert(cost<keeper<T>>(0) <= cost_of_keeping);
    if (std::exchange(kept_, &what) != &what) write<keeper<T>>(cost<keeper<T>>(0), keeper<T>{ref<T>(&what)});
  }
  template <class F>
  static char* tail_of(F& f) noexcept {
    return reinterpret_cast<char*>(&f + 1);
  }
  template <class F>
  static const char* tail_of(const F& f) noexcept {
    return reinterpret_cast<const char*>(&f + 1);
  }

  /// In their order. They are destroyed by clear().
  void call_all() {
    for (std::size_t at = 0; at < used_;) {
      head& h = head_at(at);
      at += h.cost;
      h.what->call(&h + 1);
    }
  }
  /// Destroys the letters; the memory stays.
  void clear() noexcept {
    for (std::size_t at = 0; at < used_;) {
      head& h = head_at(at);
      at += h.cost;
      h.what->destroy(&h + 1);
    }
    used_ = letters_ = 0;
    kept_ = nullptr;
  }

 private:
  static constexpr std::size_t step = alignof(std::max_align_t);
  struct kind {
    void (*call)(void*);
    void (*destroy)(void*) noexcept;
  };
  struct alignas(step) head {
    const kind* what;
    std::size_t cost;
  };
  template <class T>
  struct keeper {
    ref<T> held;
    void operator()() const noexcept {}
  };
  static constexpr std::size_t cost_of_keeping = 2 * sizeof(head);  // a head and a pointer, rounded up
  template <class F>
  static constexpr kind kind_of{[](void* f) { (*std::launder(static_cast<F*>(f)))(); },
                                [](void* f) noexcept { std::launder(static_cast<F*>(f))->~F(); }};

  head& head_at(std::size_t at) noexcept { return *std::launder(reinterpret_cast<head*>(space_.get() + at)); }
  template <class F, class... A>
  F& write(std::size_t cost, A&&... a) {
    char* const at = space_.get() + used_;
    F* const f = ::new (static_cast<void*>(at + sizeof(head))) F(std::forward<A>(a)...);
    ::new (static_cast<void*>(at)) head{&kind_of<F>, cost};
    used_ += cost;
    return *f;
  }

  std::unique_ptr<char[]> space_;
  std::size_t used_ = 0, letters_ = 0;
  const void* kept_ = nullptr;
};

}  // namespace jackfield::base
