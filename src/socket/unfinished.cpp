#include "socket/unfinished.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::sio {

void unfinished_budget::remove(holder& h) noexcept {
  all_.fetch_sub(std::exchange(h.held_, 0), std::memory_order_relaxed);
  holders_[h.index_] = holders_.back();
  holders_[h.index_]->index_ = h.index_;
  holders_.pop_back();
}

void unfinished_budget::note(holder& h, std::size_t bytes) {
  if (h.held_ != 0) remove(h);
  if (bytes == 0) return;
  h.held_ = bytes;
  h.index_ = static_cast<std::uint32_t>(holders_.size());
  holders_.push_back(&h);
  if (all_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limit_) return;
  holder* largest = *std::max_element(holders_.begin(), holders_.end(), [](auto* a, auto* b) { return a->held_ < b->held_; });
  remove(*largest);
  largest->on_overdrawn();
}

}  // namespace jackfield::sio
