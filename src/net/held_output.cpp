#include "net/held_output.hpp"

#include "net/stream.hpp"

#include <algorithm>

namespace jackfield::net {

void held_output::hold_back(std::vector<stream*>& touched, bool may_hold) {
  if (streams_.empty() && !may_hold) return;
  const bool over = !may_hold || turns_ >= most_turns;
  std::erase_if(streams_, [&](stream* s) {
    if (s == nullptr) return true;
    if (!over && s->may_be_held()) return false;
    s->hold(false);
    touched.push_back(s);
    return true;
  });
  if (over) return;
  if (streams_.empty()) turns_ = 0;
  std::erase_if(touched, [&](stream* s) {
    if (!s->may_be_held()) return false;
    s->hold(true);
    streams_.push_back(s);
    return true;
  });
}

void held_output::forget(const stream& s) noexcept {
  std::replace_if(
      streams_.begin(), streams_.end(), [&s](const stream* at) { return at == &s; }, nullptr);
}

}  // namespace jackfield::net
