// ref_counted: the base of objects that are shared by intrusive reference; ref<T> is the pointer.
// The count is atomic because user handles may be copied and dropped on any thread.
#pragma once

#include <atomic>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>

namespace jackfield::base {

template <class T>
using ref = boost::intrusive_ptr<T>;

/// CRTP base: `struct node : ref_counted<node>`. The last ref deletes the object as T.
template <class T>
class ref_counted {
 public:
  ref_counted(const ref_counted&) = delete;
  ref_counted& operator=(const ref_counted&) = delete;

  friend void intrusive_ptr_add_ref(const ref_counted* p) noexcept { p->count_.fetch_add(1, std::memory_order_relaxed); }
  friend void intrusive_ptr_release(const ref_counted* p) noexcept {
    if (p->count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete static_cast<const T*>(p);
  }

 protected:
  ref_counted() noexcept = default;
  ~ref_counted() = default;

 private:
  mutable std::atomic<std::uint32_t> count_{0};
};

template <class T, class... A>
ref<T> make_ref(A&&... a) {
  return ref<T>(new T(static_cast<A&&>(a)...));
}

}  // namespace jackfield::base
