#include "base/timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace jackfield::base {
namespace {

using std::chrono::milliseconds;

constexpr duration longest = std::chrono::hours(24 * 365 * 100);  // keeps sums within the clock's range

void make_empty(timer_link& head) noexcept { head.next_ = head.prev_ = &head; }
bool empty(const timer_link& head) noexcept { return head.next_ == &head; }

void push_back(timer_link& head, timer_link& t) noexcept {
  t.prev_ = head.prev_;
  t.next_ = &head;
  head.prev_->next_ = &t;
  head.prev_ = &t;
}

/// Moves everything behind what `to` holds.
void splice(timer_link& to, timer_link& from) noexcept {
  if (empty(from)) return;
  from.next_->prev_ = to.prev_;
  to.prev_->next_ = from.next_;
  from.prev_->next_ = &to;
  to.prev_ = from.prev_;
  make_empty(from);
}

std::uint64_t whole_ticks(duration since_start) noexcept {
  return static_cast<std::uint64_t>(std::chrono::floor<milliseconds>(since_start).count());
}

}  // namespace

void timer::cancel() noexcept {
  if (wheel_) wheel_->unlink(*this);
}

timer_wheel::timer_wheel(time_point start) noexcept : start_(start), now_(start) {
  make_empty(due_);
  make_empty(firing_);
  for (auto& head : slot_) make_empty(head);
}

timer_wheel::~timer_wheel() {
  for (auto& head : slot_) splice(due_, head);
  splice(due_, firing_);
  for (auto* l = due_.next_; l != &due_;) {
    auto& t = static_cast<timer&>(*l);
    l = l->next_;
    t.wheel_ = nullptr;
  }
}

void timer_wheel::arm(timer& t, duration after) noexcept { arm_at(t, now_ - start_, after); }

void timer_wheel::arm_from_tick(timer& t, duration after) noexcept {
  arm_at(t, std::chrono::floor<milliseconds>(now_ - start_), after);
}

void timer_wheel::arm_at(timer& t, duration since_start, duration after) noexcept {
  t.cancel();
  t.wheel_ = this;
  ++size_;
  if (after <= duration::zero()) return push_back(due_, t);
  const auto deadline = since_start + std::min(after, longest);
  t.tick_ = static_cast<std::uint64_t>(std::chrono::ceil<milliseconds>(deadline).count());
  place(t);
}

std::size_t timer_wheel::advance(time_point now) {
  if (now > now_) now_ = now;
  splice(firing_, due_);  // what handlers arm with no delay waits for the next advance
  std::size_t fired = fire_pending();
  const auto target = whole_ticks(now_ - start_);
  for (auto e = next_event(); e && e->tick <= target; e = next_event()) {
    tick_ = e->tick;
    cascade(*e);
    if (e->level == 0) fired += fire_pending();
  }
  tick_ = target;
  return fired;
}

std::optional<time_point> timer_wheel::next_deadline() const noexcept {
  if (!empty(due_) || !empty(firing_)) return now_;
  const auto e = next_event();
  if (!e) return std::nullopt;
  return start_ + milliseconds(e->tick);
}

/// The first used slot of the lowest used level: slots of higher levels begin later.
std::optional<timer_wheel::event> timer_wheel::next_event() const noexcept {
  for (std::size_t level = 0; level < levels; ++level) {
    if (!used_[level]) continue;
    const auto shift = level * bits;
    const auto digit = static_cast<std::uint64_t>(std::countr_zero(used_[level]));
    const auto above = tick_ >> shift >> bits << bits;
    return event{(above | digit) << shift, level};
  }
  return std::nullopt;
}

/// Empties the slot of an event: to be fired (level 0) or onto lower levels, in unchanged order.
void timer_wheel::cascade(event e) noexcept {
  auto& from = slot(e.level, e.tick);
  used_[e.level] &= ~(std::uint64_t{1} << (e.tick >> e.level * bits & (slots - 1)));
  if (e.level == 0) return splice(firing_, from);
  timer_link batch;
  make_empty(batch);
  splice(batch, from);
  for (auto* l = batch.next_; l != &batch;) {
    auto& t = static_cast<timer&>(*l);
    l = l->next_;
    place(t);
  }
}

std::size_t timer_wheel::fire_pending() {
  std::size_t fired = 0;
  while (!empty(firing_)) {
    auto& t = static_cast<timer&>(*firing_.next_);
    unlink(t);
    ++fired;
    t.fire();  // t may be gone afterwards
  }
  return fired;
}

void timer_wheel::place(timer& t) noexcept {
  const auto differs = t.tick_ ^ tick_;
  const std::size_t level = differs == 0 ? 0 : (static_cast<std::size_t>(std::bit_width(differs)) - 1) / bits;
  push_back(slot(level, t.tick_), t);
  used_[level] |= std::uint64_t{1} << (t.tick_ >> level * bits & (slots - 1));
}

void timer_wheel::unlink(timer& t) noexcept {
  auto* const next = t.next_;
  next->prev_ = t.prev_;
  t.prev_->next_ = next;
  t.wheel_ = nullptr;
  --size_;
  if (next != next->next_) return;  // others are left in the list
  const std::less<const timer_link*> before;
  if (before(next, slot_.data()) || !before(next, slot_.data() + slot_.size())) return;  // due_ or firing_
  const auto i = static_cast<std::size_t>(next - slot_.data());
  used_[i / slots] &= ~(std::uint64_t{1} << i % slots);
}

timer_link& timer_wheel::slot(std::size_t level, std::uint64_t tick) noexcept {
  return slot_[level * slots + (tick >> level * bits & (slots - 1))];
}

}  // namespace jackfield::base
