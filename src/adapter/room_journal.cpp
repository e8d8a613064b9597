#include "adapter/room_journal.hpp"

#include <algorithm>

namespace jackfield::adapter {

bool room_journal::note(std::string_view room, move what, std::uint64_t last, std::uint64_t oldest, std::size_t most) {
  if (!changes_.empty() && changes_.front().last < oldest) {
    std::erase_if(changes_, [oldest](const change& c) { return c.last < oldest; });
  }
  bool whole = true;
  if (changes_.size() >= most) {
    whole = false;
    if (changes_.empty()) {
      known_from_ = last;
      return whole;
    }
    known_from_ = changes_.front().last;
    changes_.erase(changes_.begin());
  }
  changes_.push_back({last, std::string(room), what});
  return whole;
}

std::size_t room_journal::bytes() const noexcept {
  std::size_t n = changes_.capacity() * sizeof(change);
  for (const auto& c : changes_) n += c.room.capacity();
  return n;
}

membership::membership(std::span<const std::string> now, const room_journal& journal, std::uint64_t from) {
  rooms_.insert(now.begin(), now.end());
  const std::span<const room_journal::change> all(journal.changes_);
  std::size_t at = all.size();
  for (; at > 0 && all[at - 1].last > from; --at) {
    const auto& c = all[at - 1];
    if (c.what == move::joined)
      rooms_.erase(std::string_view(c.room));
    else
      rooms_.insert(c.room);
  }
  ahead_ = all.subspan(at);
}

void membership::advance(std::uint64_t packet) {
  while (!ahead_.empty() && ahead_.front().last < packet) {
    const auto& c = ahead_.front();
    if (c.what == move::joined)
      rooms_.insert(c.room);
    else
      rooms_.erase(std::string_view(c.room));
    ahead_ = ahead_.subspan(1);
  }
}

}  // namespace jackfield::adapter
