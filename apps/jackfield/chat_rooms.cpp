#include "chat_rooms.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::app {

bool room::enter(const person& p, std::string_view visit) {
  return people_.insert_or_assign(p.id, presence{p.name, std::string(visit)}).second;
}

bool room::leave(std::string_view person_id, std::string_view visit) {
  const auto at = people_.find(person_id);
  if (at == people_.end() || at->second.visit != visit) return false;
  people_.erase(at);
  return true;
}

void room::keep(message m, const room_limits& limits) {
  history_bytes_ += m.text.size();
  history_.push_back(std::move(m));
  while (history_.size() > limits.history || history_bytes_ > limits.history_bytes) {
    history_bytes_ -= history_.front().text.size();
    history_.pop_front();
  }
}

std::vector<person> room::people() const {
  std::vector<person> out;
  out.reserve(people_.size());
  for (const auto& [id, p] : people_) out.push_back({id, p.name});
  return out;
}

room* rooms::find(std::string_view name) noexcept {
  const auto at = rooms_.find(name);
  return at == rooms_.end() ? nullptr : &at->second.what;
}

room* rooms::open(std::string_view name) {
  if (!rooms_.contains(name)) {
    if (rooms_.size() >= limits_.rooms && !make_place()) return nullptr;
    rooms_.emplace(name, entry{});
  }
  touch(name);
  return find(name);
}

void rooms::touch(std::string_view name) {
  if (const auto at = rooms_.find(name); at != rooms_.end()) at->second.used = ++uses_;
}

void rooms::keep(std::string_view name, message m) {
  if (const auto at = rooms_.find(name); at != rooms_.end()) at->second.what.keep(std::move(m), limits_);
  touch(name);
}

bool rooms::make_place() {
  auto oldest = rooms_.end();
  for (auto at = rooms_.begin(); at != rooms_.end(); ++at)
    if (at->second.what.size() == 0 && (oldest == rooms_.end() || at->second.used < oldest->second.used)) oldest = at;
  if (oldest == rooms_.end()) return false;
  rooms_.erase(oldest);
  return true;
}

bool token_bucket::take(time_point now) noexcept {
  if (last_) tokens_ = std::min(burst_, tokens_ + std::chrono::duration<double>(now - *last_).count() * per_second_);
  last_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace jackfield::app
