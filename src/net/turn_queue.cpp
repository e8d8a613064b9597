#include "net/turn_queue.hpp"

namespace jackfield::net {

turn_queue::turn_queue(std::size_t workers) : limit_(workers), waiters_(workers) {}

turn_queue::place turn_queue::wait(std::size_t worker) {
  std::unique_lock lock(mutex_);
  if (!limit_.limits()) return {};
  if (first_ == nullptr && inside_ < limit_.at_once()) {
    ++inside_;
    return place(*this);
  }
  waiter& me = waiters_[worker];
  me.has_place = false;
  me.next = nullptr;
  (last_ ? last_->next : first_) = &me;
  last_ = &me;
  waits_.fetch_add(1, std::memory_order_relaxed);
  if (me.called.wait_for(lock, longest_wait, [&me] { return me.has_place; })) return place(*this);
  forget(me);
  if (limit_.stuck(base::clock::now())) changed();
  return {};
}

void turn_queue::leave() {
  std::unique_lock lock(mutex_);
  --inside_;
  call_next();
}

// REQUIRES: the lock.
void turn_queue::call_next() {
  while (first_ != nullptr && inside_ < limit_.at_once()) {
    waiter& w = *first_;
    first_ = w.next;
    if (first_ == nullptr) last_ = nullptr;
    ++inside_;
    w.has_place = true;
    w.called.notify_one();
  }
}

// REQUIRES: the lock; it waits.
void turn_queue::forget(waiter& w) noexcept {
  waiter* before = nullptr;
  for (waiter* at = first_; at != &w; at = at->next) before = at;
  (before ? before->next : first_) = w.next;
  if (last_ == &w) last_ = before;
}

void turn_queue::report(core_shortage::verdict v, base::time_point now) {
  using verdict = core_shortage::verdict;
  if (v != verdict::yes && !limits()) return;
  const std::unique_lock lock(mutex_);
  if (limit_.report(v == verdict::yes, now, work_.load(std::memory_order_relaxed))) changed();
}

// REQUIRES: the lock.
void turn_queue::changed() {
  limits_.store(limit_.limits(), std::memory_order_relaxed);
  version_.fetch_add(1, std::memory_order_relaxed);
  call_next();
}

}  // namespace jackfield::net
