#include "engine/registry.hpp"

namespace jackfield::engine {

registry::~registry() {
  for (const auto& s : sessions_) s->set_keeper(nullptr);
}

bool registry::add(session_ref s) {
  const auto [at, added] = sessions_.insert(std::move(s));
  if (added) (*at)->set_keeper(this);
  return added;
}

session* registry::find(std::string_view id) const noexcept {
  const auto at = sessions_.find(id);
  return at == sessions_.end() ? nullptr : at->get();
}

session_ref registry::remove(std::string_view id) {
  const auto at = sessions_.find(id);
  if (at == sessions_.end()) return nullptr;
  auto s = *at;
  sessions_.erase(at);
  s->set_keeper(nullptr);
  return s;
}

void registry::on_session_end(session& s) noexcept {
  const auto at = sessions_.find(s.id());
  if (at != sessions_.end()) sessions_.erase(at);
  if (sessions_.empty() && when_empty_) std::exchange(when_empty_, {})();
}

void registry::when_empty(base::unique_function<void()> f) {
  if (sessions_.empty()) return f();
  when_empty_ = std::move(f);
}

void registry::close_all(close_reason reason, farewell how) {
  for_each([&](session& s) {
    if (how == farewell::discard) {
      s.discard(reason);
    } else {
      s.close(reason);
    }
  });
}

}  // namespace jackfield::engine
