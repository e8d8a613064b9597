#include "client/retry_queue.hpp"

#include <utility>

namespace jackfield::cl {

std::size_t retry_queue::entry::cost() const noexcept {
  std::size_t n = 64 + json.size();
  for (const auto& a : attachments) n += a.size();
  return n;
}

bool retry_queue::push(entry& e) {
  const bool room = limits_.max_events == 0 || entries_.size() < limits_.max_events;
  if (!room || bytes_ + e.cost() > limits_.max_bytes) return false;
  e.number = ++numbers_;
  bytes_ += e.cost();
  entries_.push_back(std::move(e));
  return true;
}

retry_queue::entry* retry_queue::start(bool again) noexcept {
  if (entries_.empty() || (entries_.front().pending && !again)) return nullptr;
  auto& e = entries_.front();
  e.pending = true;
  ++e.tries;
  return &e;
}

retry_queue::entry retry_queue::pop() {
  auto e = std::move(entries_.front());
  entries_.pop_front();
  bytes_ -= e.cost();
  return e;
}

std::optional<retry_queue::entry> retry_queue::take(std::uint64_t number) {
  if (entries_.empty() || entries_.front().number != number) return std::nullopt;
  return pop();
}

std::optional<retry_queue::entry> retry_queue::failed(std::uint64_t number) {
  if (entries_.empty() || entries_.front().number != number) return std::nullopt;
  if (entries_.front().tries > retries_) return pop();
  entries_.front().pending = false;
  return std::nullopt;
}

std::deque<retry_queue::entry> retry_queue::take_all() {
  bytes_ = 0;
  return std::exchange(entries_, {});
}

}  // namespace jackfield::cl
