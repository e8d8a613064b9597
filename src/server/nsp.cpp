#include "server/nsp.hpp"

#include "adapter/memory_recovery.hpp"
#include "server/recovery.hpp"
#include "server/shard.hpp"

namespace jackfield::srv {

nsp::nsp(shard& s, std::string name) : shard_(s), name_(std::move(name)), hooks_(std::make_shared<const hooks>()), acks_(*this) {
  if (auto* pool = s.recovery_pool())
    recovery_ = std::make_unique<class recovery>(*this, std::make_unique<adapter::memory_recovery>(*pool));
}
nsp::~nsp() = default;

std::shared_ptr<const nsp::hooks> nsp::registered() const {
  const std::lock_guard lock(mutex_);
  return hooks_;
}

template <class Change>
void nsp::change(Change&& c) {
  const std::lock_guard lock(mutex_);
  auto next = std::make_shared<hooks>(*hooks_);
  c(*next);
  hooks_ = std::move(next);
}

void nsp::on_connection(connection_fn f) {
  change([&](hooks& h) { h.connected.push_back(std::make_shared<const connection_fn>(std::move(f))); });
}
void nsp::use(middleware_fn f) {
  change([&](hooks& h) { h.middlewares.push_back(std::make_shared<const middleware_fn>(std::move(f))); });
}
void nsp::on_bad_event(bad_event_fn f) {
  change([&](hooks& h) { h.bad_event = f ? std::make_shared<const bad_event_fn>(std::move(f)) : nullptr; });
}

void nsp::end() {
  acks_.end();
  const auto waiting = std::move(at_door_);
  at_door_.clear();
  if (recovery_) recovery_->end();
}

void nsp::welcome(socket& s, const hooks& h) {
  s.welcome();
  if (s.state() == sio::life::gone) return;
  const jackfield::socket handle{detail::ref<socket>(&s)};
  for (const auto& f : h.connected) {
    try {
      (*f)(handle);
    } catch (...) {
      s.on_fault("connection", std::current_exception());
    }
  }
}

}  // namespace jackfield::srv
