#include "socket/ack_table.hpp"

#include <algorithm>
#include <iterator>

namespace jackfield::sio {

void ack_table::add(std::uint64_t id, waiter_ref w, base::duration timeout) {
  const auto deadline = timeout == no_limit ? base::time_point::max() : host_.timers().now() + timeout;
  auto at = entries_.end();
  while (at != entries_.begin() && std::prev(at)->id > id) --at;  // nearly always none
  entries_.insert(at, {id, deadline, std::move(w)});
  ++live_;
  if (deadline < armed_for_) {
    armed_for_ = deadline;
    host_.timers().arm(timer_, timeout);
  }
}

waiter_ref ack_table::take(std::uint64_t id) noexcept {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), id, [](const entry& e, std::uint64_t i) { return e.id < i; });
  if (at == entries_.end() || at->id != id || !at->waiter) return nullptr;
  waiter_ref w = std::move(at->waiter);
  --live_;
  // The memory of taken ones is given up when they are most of the table: constant cost per answer.
  if (live_ == 0)
    entries_.clear();
  else if (entries_.size() > 16 && live_ < entries_.size() / 2)
    std::erase_if(entries_, [](const entry& e) { return !e.waiter; });
  return w;
}

void ack_table::fail(std::vector<entry> those, errc why, const char* text) {
  for (auto& e : those) {
    try {
      e.waiter->failed(error{why, text});
    } catch (...) {
      faults_.on_fault("acknowledgement", std::current_exception());
    }
  }
}

void ack_table::on_timer() {
  const auto now = host_.timers().now();
  auto due = extract([now](const entry& e) { return e.deadline <= now; });
  std::stable_sort(due.begin(), due.end(), [](const entry& a, const entry& b) { return a.deadline < b.deadline; });
  arm();
  for (const auto& e : due) faults_.on_expired(e.id);
  fail(std::move(due), errc::timeout, "operation has timed out");
}

void ack_table::arm() {
  armed_for_ = base::time_point::max();
  for (const auto& e : entries_) {
    if (e.waiter) armed_for_ = std::min(armed_for_, e.deadline);
  }
  if (armed_for_ == base::time_point::max())
    timer_.cancel();
  else
    host_.timers().arm(timer_, armed_for_ - host_.timers().now());
}

void ack_table::end() {
  timer_.cancel();
  armed_for_ = base::time_point::max();
  fail(extract([](const entry&) { return true; }), errc::disconnected, "the socket is gone");
}

}  // namespace jackfield::sio
