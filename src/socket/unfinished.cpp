#include "socket/unfinished.hpp"

namespace jackfield::sio {

holder::~holder() {
  if (budget_ != nullptr) budget_->unlink(*this);
}

void unfinished_budget::unlink(holder& h) noexcept {
  total_ -= h.held_;
  (h.before_ != nullptr ? h.before_->behind_ : first_) = h.behind_;
  if (h.behind_ != nullptr) h.behind_->before_ = h.before_;
  h.before_ = h.behind_ = nullptr;
  h.budget_ = nullptr;
  h.held_ = 0;
}

void unfinished_budget::note(holder& h, std::size_t bytes) {
  if (h.budget_ != nullptr) unlink(h);
  if (bytes == 0) return;
  h.budget_ = this;
  h.held_ = bytes;
  h.behind_ = first_;
  if (first_ != nullptr) first_->before_ = &h;
  first_ = &h;
  total_ += bytes;
  if (total_ <= limit_) return;
  holder* largest = first_;
  for (auto* each = first_; each != nullptr; each = each->behind_) {
    if (each->held_ > largest->held_) largest = each;
  }
  unlink(*largest);
  largest->on_overdrawn();
}

}  // namespace jackfield::sio
