#include "client/send_buffer.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::cl {

bool send_buffer::fits(std::size_t bytes) const noexcept {
  const bool room = options_.max_events == 0 || entries_.size() < options_.max_events;
  return room && bytes_ + bytes <= options_.max_bytes;
}

bool send_buffer::push(entry e, dropped& out) {
  if (options_.on_return == burst::latest_of_key && !e.key.empty() && replace(e, out)) return true;
  const auto size = cost(e);
  if (!fits(size) && (options_.full == when_full::refuse || size > options_.max_bytes)) {
    ++lost_;
    return false;
  }
  while (!fits(size)) drop_front(out);
  bytes_ += size;
  entries_.push_back(std::move(e));
  return true;
}

/// The place in the order is the old one's.
bool send_buffer::replace(entry& e, dropped& out) {
  const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const entry& old) { return old.key == e.key; });
  if (at == entries_.end()) return false;
  if (bytes_ - cost(*at) + cost(e) > options_.max_bytes) return false;
  ++lost_;
  if (at->id) out.push_back(*at->id);
  bytes_ += cost(e) - cost(*at);
  *at = std::move(e);
  return true;
}

void send_buffer::drop_front(dropped& out) {
  const auto e = pop();
  ++lost_;
  if (e.id) out.push_back(*e.id);
}

send_buffer::entry send_buffer::pop() {
  auto e = std::move(entries_.front());
  entries_.pop_front();
  bytes_ -= cost(e);
  return e;
}

std::unordered_set<std::uint64_t> send_buffer::ids() const {
  std::unordered_set<std::uint64_t> all;
  for (const auto& e : entries_) {
    if (e.id) all.insert(*e.id);
  }
  return all;
}

std::optional<base::time_point> send_buffer::next_expiry() const noexcept {
  if (entries_.empty() || options_.max_age.count() <= 0) return std::nullopt;
  const auto older = [](const entry& a, const entry& b) { return a.since < b.since; };
  return std::min_element(entries_.begin(), entries_.end(), older)->since + options_.max_age;
}

bool send_buffer::remove(std::uint64_t id) {
  const auto at = std::find_if(entries_.begin(), entries_.end(), [id](const entry& e) { return e.id == id; });
  if (at == entries_.end()) return false;
  bytes_ -= cost(*at);
  entries_.erase(at);
  return true;
}

void send_buffer::expire(base::time_point now, dropped& out) {
  if (options_.max_age.count() <= 0) return;
  // In the order in which they came, but for those that took an older one's place: these are younger than they look.
  std::erase_if(entries_, [&](const entry& e) {
    if (now - e.since < options_.max_age) return false;
    ++lost_;
    if (e.id) out.push_back(*e.id);
    bytes_ -= cost(e);
    return true;
  });
}

void send_buffer::clear() noexcept {
  entries_.clear();
  bytes_ = 0;
}

}  // namespace jackfield::cl
