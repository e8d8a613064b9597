#include "transport/gateway_group.hpp"

#include "base/hash.hpp"
#include "base/ids.hpp"
#include "transport/gateway.hpp"

namespace jackfield::transport {

namespace {

/// Another key than that of the tables in which ids are looked up: all ids of one worker have the same remainder.
base::hash_key homes_key() noexcept {
  const auto& k = base::process_hash_key();
  return {k.k0 ^ 0x776f726b65727321u, ~k.k1};
}

}  // namespace

std::size_t gateway_group::home_of(std::string_view sid) const noexcept {
  return all_.size() < 2 ? 0 : static_cast<std::size_t>(base::siphash13(sid, homes_key()) % all_.size());
}

std::string gateway_group::id_at(std::size_t worker) const {
  std::string id = base::random_id();
  while (home_of(id) != worker) id = base::random_id();
  return id;
}

gateway* gateway_group::elsewhere(std::string_view sid, const gateway& here) const noexcept {
  if (all_.size() < 2 || settled_.load(std::memory_order_relaxed)) return nullptr;
  gateway* home = all_[home_of(sid)];
  return home == &here ? nullptr : home;
}

std::size_t gateway_group::streams() const noexcept {
  std::size_t n = 0;
  for (const gateway* g : all_) n += g->streams();
  return n;
}

}  // namespace jackfield::transport
