#include "client/home.hpp"

#include <utility>

namespace jackfield::cl {

void home::post(base::unique_function<void()> f) {
  {
    const std::lock_guard lock(mutex_);
    if (loop_ != nullptr) {
      letters_.push_back(std::move(f));
      if (letters_.size() == 1) loop_->post([self = home_ref(this)] { self->run_letters(); });
      return;
    }
  }
  f();
}

bool home::current() const noexcept {
  const std::lock_guard lock(mutex_);
  return loop_ != nullptr && loop_->current();
}

void home::run_letters() {
  std::vector<base::unique_function<void()>> letters;
  {
    const std::lock_guard lock(mutex_);
    letters.swap(letters_);
  }
  for (auto& letter : letters) letter();
}

void home::close() {
  {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }
  run_letters();
}

}  // namespace jackfield::cl
