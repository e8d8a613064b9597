#include "server/realm.hpp"

#include "server/nsp.hpp"
#include "server/parent.hpp"

namespace jackfield::srv {

realm::realm(crew& c, std::string name, parent* of, wanted_by whom)
    : crew_(c),
      name_(std::move(name)),
      parent_(of),
      wanted_(whom),
      registered_(of != nullptr ? of->registered().now() : std::make_shared<const hooks>()),
      places_(std::make_unique<place[]>(c.size())) {}
realm::~realm() = default;

void realm::on_room(hooks::room_fn f) {
  registered_.on_room(std::move(f));
  for (shard* s : crew_.shards()) {
    const auto tell = [self = base::ref<realm>(this), s] {
      if (nsp* n = self->part(*s)) n->watch_rooms();
    };
    s->host().current() ? tell() : s->host().post(tell);
  }
}

std::uint64_t realm::next_ack_id(std::size_t worker) noexcept {
  return places_[worker].ack_ids.fetch_add(1, std::memory_order_relaxed) * crew_.size() + worker;
}

std::size_t realm::size() const noexcept {
  std::size_t n = 0;
  for (std::size_t i = 0; i < crew_.size(); ++i) n += places_[i].sockets.load(std::memory_order_relaxed);
  return n;
}

void realm::count(std::size_t worker, std::size_t sockets) noexcept {
  places_[worker].sockets.store(sockets, std::memory_order_release);
}

bool realm::arrive() noexcept {
  auto n = present_.load(std::memory_order_relaxed);
  while (n != gone)
    if (present_.compare_exchange_weak(n, n + 1, std::memory_order_acq_rel)) return true;
  return false;
}

bool realm::give_up() noexcept {
  std::size_t nobody = 0;
  return present_.compare_exchange_strong(nobody, gone, std::memory_order_acq_rel);
}

void realm::set_part(const shard& s, base::ref<nsp> p) noexcept { places_[s.number()].part = std::move(p); }
base::ref<nsp> realm::take_part(const shard& s) noexcept {
  count(s.number(), 0);
  return std::move(places_[s.number()].part);
}

}  // namespace jackfield::srv
