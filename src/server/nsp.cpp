#include "server/nsp.hpp"

#include "adapter/memory_recovery.hpp"
#include "server/crew.hpp"
#include "server/realm.hpp"
#include "server/recovery.hpp"
#include "server/shard.hpp"

namespace jackfield::srv {

nsp::nsp(shard& s, realm& of) : shard_(s), realm_(&of), acks_(*this) {
  if (auto* pool = s.recovery_pool())
    recovery_ = std::make_unique<class recovery>(*this, std::make_unique<adapter::memory_recovery>(*pool));
  if (registered().now()->room) watch_rooms();
}
nsp::~nsp() = default;

const std::string& nsp::name() const noexcept { return realm_->name(); }
registrations& nsp::registered() const noexcept { return realm_->registered(); }
std::uint64_t nsp::next_ack_id() noexcept { return realm_->next_ack_id(shard_.number()); }
void nsp::note_size() noexcept { realm_->count(shard_.number(), rooms_.size()); }

// --- rooms that somebody watches: they come and go once, however many workers have them

void nsp::watch_rooms() {
  static_assert(static_cast<int>(room_event::deleted) == static_cast<int>(adapter::room_change::deleted));
  const auto f = registered().now()->room;
  const bool counted = std::exchange(rooms_counted_, f != nullptr);
  if (counted != rooms_counted_) {
    for (const auto& name : rooms_.names()) counted ? realm_->census().vanish(name) : realm_->census().appear(name);
  }
  if (!f) return rooms_.watch({});
  rooms_.watch(
      [f, this](adapter::room_change what, std::string_view room, std::string_view id) { tell_room(*f, what, room, id); });
}

void nsp::tell_room(const hooks::room_fn& f, adapter::room_change what, std::string_view room, std::string_view id) {
  const bool own = room == id;  // the room of a socket's id: here alone
  if (!own && what == adapter::room_change::created && !realm_->census().appear(room)) return;
  if (!own && what == adapter::room_change::deleted && !realm_->census().vanish(room)) return;
  try {
    f(static_cast<room_event>(what), room, id);
  } catch (...) {
    shard_.report({"on_room", name(), id, std::current_exception()});
  }
}

void nsp::depart() {
  if (!realm_->depart() || realm_->made_by() == nullptr) return;
  if (shard_.options().cleanup_empty_child_namespaces) shard_.of_server().forget(*realm_);
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
