#include "server/crew.hpp"

#include "server/parent.hpp"
#include "server/realm.hpp"
#include "server/shard.hpp"
#include "socket/faults.hpp"

#include <utility>

namespace jackfield::srv {

crew::crew(const server_options& options, std::size_t size)
    : options_(options), recovery_tag_(adapter::recovery_pool::fresh_tag()), size_(size) {
  of("/");
}
crew::~crew() = default;

shard* crew::here() const noexcept {
  if (size_ == 1) return shards_.front()->host().current() ? shards_.front() : nullptr;
  const auto* host = base::host::here();
  if (host == nullptr || host->number() >= shards_.size()) return nullptr;
  shard* const s = shards_[host->number()];
  return &s->host() == host ? s : nullptr;  // else: of another server
}

shard& crew::here_or_first() const noexcept {
  shard* const s = here();
  return s != nullptr ? *s : first();
}

std::size_t crew::clients() const noexcept {
  std::size_t n = 0;
  for (const auto* s : shards_) n += s->clients();
  return n;
}

std::size_t crew::pending_sessions() const noexcept {
  std::size_t n = 0;
  for (const auto* s : shards_) n += s->pending_sessions();
  return n;
}

void crew::on_new_namespace(std::function<void(jackfield::nsp)> f) { new_namespace_.set(std::move(f)); }
void crew::on_fault(std::function<void(const fault&)> f) { fault_.set(std::move(f)); }
void crew::report(const fault& f) noexcept { sio::tell_fault(fault_.get().get(), f); }

void crew::on_engine_connection(std::function<void(jackfield::connection)> f) {
  told_of_connections_.store(f != nullptr, std::memory_order_release);
  engine_connection_.set(std::move(f));
}

}  // namespace jackfield::srv
