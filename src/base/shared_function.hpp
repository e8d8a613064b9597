// shared_function: a function that the program may set, or set anew, while others call it: whoever has it keeps it for the call.
// Any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace jackfield::base {

/// Null for a function that is empty.
template <class S>
std::shared_ptr<const std::function<S>> shared_or_none(std::function<S> f) {
  return f ? std::make_shared<const std::function<S>>(std::move(f)) : nullptr;
}

template <class S>
class shared_function {
 public:
  void set(std::function<S> f) {
    auto fresh = shared_or_none(std::move(f));
    const std::lock_guard lock(mutex_);
    f_.swap(fresh);  // what was there ends behind the lock
  }
  /// Null: none is set.
  std::shared_ptr<const std::function<S>> get() const noexcept {
    const std::lock_guard lock(mutex_);
    return f_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const std::function<S>> f_;
};

}  // namespace jackfield::base
