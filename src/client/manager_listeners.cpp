// Who is told, and the sockets of a manager: what any thread may ask for.
#include "client/manager.hpp"
#include "socket/faults.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace jackfield::cl {

struct manager::listener {
  listener_id id;
  manager_event_kind kind;
  std::function<void(const manager_event&)> f;
  std::atomic<bool> off{false};
};

base::ref<socket> manager::of(std::string_view nsp, client_socket_options o) {
  auto name = namespace_name(nsp);
  const std::lock_guard lock(mutex_);
  // Under the lock: end() takes the sockets under it behind its mark.
  if (ended_.load(std::memory_order_acquire)) {
    auto s = base::make_ref<socket>(*this, std::move(name), std::move(o));
    s->be_gone();
    return s;
  }
  auto& slot = sockets_[name];
  if (!slot) slot = base::make_ref<socket>(*this, name, std::move(o));
  return slot;
}

bool manager::has(std::string_view nsp) const {
  const std::lock_guard lock(mutex_);
  return sockets_.contains(nsp);
}

std::string_view manager::transport() const noexcept {
  const auto road = road_.load(std::memory_order_acquire);
  return road < 0 ? std::string_view() : engine::name_of(static_cast<engine::transport_kind>(road));
}

listener_id manager::listen(manager_event_kind kind, std::function<void(const manager_event&)> f) {
  auto l = std::make_shared<listener>();
  l->id = detail::next_listener_id();
  l->kind = kind;
  l->f = std::move(f);
  const auto id = l->id;
  const std::lock_guard lock(mutex_);
  if (!ended_.load(std::memory_order_acquire)) listeners_.push_back(std::move(l));
  return id;
}

void manager::off(listener_id one) {
  std::shared_ptr<listener> gone;  // its destructor is the program's: not under the lock
  const std::lock_guard lock(mutex_);
  const auto at = std::find_if(listeners_.begin(), listeners_.end(), [one](const auto& l) { return l->id == one; });
  if (at == listeners_.end()) return;
  gone = std::move(*at);
  gone->off = true;
  listeners_.erase(at);
}

void manager::tell(const manager_event& e) {
  std::vector<std::shared_ptr<listener>> those;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& l : listeners_) {
      if (l->kind == e.kind) those.push_back(l);
    }
  }
  for (const auto& l : those) {
    if (l->off) continue;
    try {
      l->f(e);
    } catch (...) {
      report({"client", {}, {}, std::current_exception()});
    }
  }
}

void manager::run(const std::function<void()>& f) noexcept {
  if (ended_.load(std::memory_order_acquire)) return;
  try {
    f();
  } catch (...) {
    report({"post", {}, {}, std::current_exception()});
  }
}

void manager::on_fault(std::function<void(const fault&)> f) { fault_.set(std::move(f)); }
void manager::report(const fault& f) noexcept { sio::tell_fault(fault_.get().get(), f); }

}  // namespace jackfield::cl
