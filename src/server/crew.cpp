#include "server/crew.hpp"

#include "server/parent.hpp"
#include "server/realm.hpp"
#include "server/shard.hpp"

#include <exception>
#include <utility>

namespace jackfield::srv {
namespace {

template <class F>
std::shared_ptr<const F> shared_or_none(F f) {
  return f ? std::make_shared<const F>(std::move(f)) : nullptr;
}

}  // namespace

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

void crew::on_new_namespace(std::function<void(jackfield::nsp)> f) {
  auto shared = shared_or_none(std::move(f));
  const std::lock_guard lock(mutex_);
  new_namespace_ = std::move(shared);
}

void crew::on_engine_connection(std::function<void(jackfield::connection)> f) {
  told_of_connections_.store(f != nullptr, std::memory_order_release);
  auto shared = shared_or_none(std::move(f));
  const std::lock_guard lock(mutex_);
  engine_connection_ = std::move(shared);
}

std::shared_ptr<const std::function<void(jackfield::connection)>> crew::engine_connection() const {
  const std::lock_guard lock(mutex_);
  return engine_connection_;
}

void crew::on_fault(std::function<void(const fault&)> f) {
  auto shared = shared_or_none(std::move(f));
  const std::lock_guard lock(mutex_);
  fault_ = std::move(shared);
}

void crew::report(const fault& f) noexcept {
  try {
    std::shared_ptr<const std::function<void(const fault&)>> tell;
    {
      const std::lock_guard lock(mutex_);
      tell = fault_;
    }
    if (tell)
      (*tell)(f);
    else
      detail::report_stray(f.where, f.thrown);
  } catch (...) {
    detail::report_stray("on_fault", std::current_exception());
  }
}

}  // namespace jackfield::srv
