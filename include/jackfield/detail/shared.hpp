// shared: the base of what public handles refer to: an intrusive, atomic count and a virtual destructor.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstdint>

namespace jackfield::detail {

class shared {
 public:
  shared(const shared&) = delete;
  shared& operator=(const shared&) = delete;

  friend void intrusive_ptr_add_ref(const shared* p) noexcept { p->count_.fetch_add(1, std::memory_order_relaxed); }
  friend void intrusive_ptr_release(const shared* p) noexcept {
    if (p->count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete p;
  }

 protected:
  shared() noexcept = default;
  virtual ~shared() = default;

 private:
  mutable std::atomic<std::uint32_t> count_{0};
};

template <class T>
using ref = boost::intrusive_ptr<T>;

}  // namespace jackfield::detail
