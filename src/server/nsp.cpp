#include "server/nsp.hpp"

#include "adapter/memory_recovery.hpp"
#include "server/parent.hpp"
#include "server/recovery.hpp"
#include "server/shard.hpp"

namespace jackfield::srv {

nsp::nsp(shard& s, std::string name) : shard_(s), name_(std::move(name)), acks_(*this) { open_recovery(); }
nsp::nsp(shard& s, std::string name, parent& of, wanted_by whom)
    : shard_(s), name_(std::move(name)), parent_(&of), wanted_(whom), registered_(of.registered().now()), acks_(*this) {
  open_recovery();
  if (const auto watcher = registered_.now()->room) watch_rooms(*watcher);
}
nsp::~nsp() = default;

void nsp::open_recovery() {
  if (auto* pool = shard_.recovery_pool())
    recovery_ = std::make_unique<class recovery>(*this, std::make_unique<adapter::memory_recovery>(*pool));
}

void nsp::on_room(hooks::room_fn f) {
  if (shard_.host().current()) return watch_rooms(std::move(f));
  shard_.host().post([self = base::ref<nsp>(this), f = std::move(f)]() mutable { self->watch_rooms(std::move(f)); });
}

void nsp::watch_rooms(hooks::room_fn f) {
  static_assert(static_cast<int>(room_event::deleted) == static_cast<int>(adapter::room_change::deleted));
  if (!f) return rooms_.watch({});
  rooms_.watch([f = std::move(f), this](adapter::room_change what, std::string_view room, std::string_view id) {
    try {
      f(static_cast<room_event>(what), room, id);
    } catch (...) {
      shard_.report({"on_room", name_, id, std::current_exception()});
    }
  });
}

void nsp::depart() {
  if (--present_ == 0 && parent_ != nullptr && shard_.options().cleanup_empty_child_namespaces) shard_.forget(*this);
}

bool nsp::on_peer_event(std::string_view name, const args& a, peer_call::answer_fn answer) {
  return base::make_ref<peer_call>(*this, std::move(answer))->run(name, a);
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
  for (const auto& each : h.connected) {
    try {
      (*each.call)(handle);
    } catch (...) {
      s.on_fault("connection", std::current_exception());
    }
  }
}

}  // namespace jackfield::srv
