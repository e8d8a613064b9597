#include "server/shard.hpp"

#include "server/nsp.hpp"
#include "server/parent.hpp"

#include <algorithm>
#include <exception>

namespace jackfield::srv {
namespace {

std::size_t most_attachments(const server_options& o) noexcept {
  return o.parser ? o.limits.binary_values : o.limits.attachments;
}

std::unique_ptr<adapter::recovery_pool> pool_of(base::host& host, const server_options& o) {
  if (!o.connection_state_recovery) return nullptr;
  const auto& l = o.limits;
  return std::make_unique<adapter::recovery_pool>(
      host, adapter::recovery_limits{o.connection_state_recovery->max_disconnection_duration, o.ping_interval + o.ping_timeout,
                                     l.recovery_packets, l.recovery_bytes, l.recovery_sessions, l.recovery_session_bytes});
}

}  // namespace

/// A function that waits for its time; owned by the timer itself.
class shard::delay {
 public:
  delay(shard& s, std::function<void()> f) : shard_(s), f_(std::move(f)) {}
  void arm(std::chrono::milliseconds t) { shard_.host().timers().arm(timer_, t); }

 private:
  void on_time() {
    auto& list = shard_.delays_;
    const auto at = std::find_if(list.begin(), list.end(), [this](const auto& d) { return d.get() == this; });
    const auto mine = std::move(*at);
    *at = std::move(list.back());
    list.pop_back();
    try {
      f_();
    } catch (...) {
      shard_.report({"after", {}, {}, std::current_exception()});
    }
  }
  shard& shard_;
  std::function<void()> f_;
  base::member_timer<delay, &delay::on_time> timer_{*this};
};

shard::shard(base::host& host, const server_options& o)
    : options_(o),
      environment_(host, o.limits.pending_acks, o.limits.ack_time, most_attachments(o), o.limits.held_event_bytes, o.outbound,
                   o.parser.get()),
      decoding_({most_attachments(o), o.limits.namespace_bytes, o.limits.json_depth},
                {most_attachments(o), o.limits.namespace_bytes + o.limits.request_line_bytes, o.limits.json_depth},
                o.limits.attachment_bytes, o.parser.get()),
      recovery_pool_(pool_of(host, o)) {
  environment_.once = {o.limits.kept_answers, o.limits.kept_answer_bytes};
  of("/");
}

shard::~shard() {
  auto all = std::move(connections_);
  connections_.clear();
  for (auto& c : all) c->abandon();
  for (auto& [name, n] : nsps_) n->end();
}

void shard::on_session(engine::session& s) {
  auto c = base::make_ref<connection>(*this, s);
  c->index_ = static_cast<std::uint32_t>(connections_.size());
  connections_.push_back(c);
  ++pending_;
  clients_.store(connections_.size(), std::memory_order_relaxed);
  if (told_of_connections_.load(std::memory_order_acquire)) [[unlikely]]
    tell_of(*c);
  if (s.revision() == protocol::eio_revision::v3) c->connect_unasked();
}

void shard::remove(connection& c) noexcept {
  const auto at = c.index_;
  bury(std::move(connections_[at]));
  connections_[at] = std::move(connections_.back());
  connections_.pop_back();
  if (at < connections_.size()) connections_[at]->index_ = at;
  clients_.store(connections_.size(), std::memory_order_relaxed);
  if (!connections_.empty() || when_empty_.empty()) return;
  for (auto& f : when_empty_) host().defer(std::move(f));
  when_empty_.clear();
}

void shard::tell_of(connection& c) {
  std::shared_ptr<const std::function<void(jackfield::connection)>> tell;
  {
    const std::lock_guard lock(mutex_);
    tell = engine_connection_;
  }
  if (!tell) return;
  try {
    (*tell)(jackfield::connection(detail::ref<connection>(&c)));
  } catch (...) {
    report({"on_engine_connection", {}, {}, std::current_exception()});
  }
}

void shard::when_empty(base::unique_function<void()> f) {
  if (connections_.empty()) return f();
  when_empty_.push_back(std::move(f));
}

std::vector<shard::drain_waiter> shard::take_drain_waiters(connection& c) {
  const auto at = drains_.find(&c);
  if (at == drains_.end()) return {};
  auto out = std::move(at->second);
  drains_.erase(at);
  return out;
}

void shard::shutdown() {
  const auto all = connections_;
  for (auto& c : all) c->shut_down();
  std::vector<base::ref<nsp>> names;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [name, n] : nsps_) names.push_back(n);
  }
  for (auto& n : names) n->acks().end();
}

void shard::on_new_namespace(std::function<void(jackfield::nsp)> f) {
  auto shared = f ? std::make_shared<const std::function<void(jackfield::nsp)>>(std::move(f)) : nullptr;
  const std::lock_guard lock(mutex_);
  new_namespace_ = std::move(shared);
}

void shard::on_engine_connection(std::function<void(jackfield::connection)> f) {
  told_of_connections_.store(f != nullptr, std::memory_order_release);
  auto shared = f ? std::make_shared<const std::function<void(jackfield::connection)>>(std::move(f)) : nullptr;
  const std::lock_guard lock(mutex_);
  engine_connection_ = std::move(shared);
}

void shard::on_fault(std::function<void(const fault&)> f) {
  auto shared = f ? std::make_shared<const std::function<void(const fault&)>>(std::move(f)) : nullptr;
  const std::lock_guard lock(mutex_);
  fault_ = std::move(shared);
}

void shard::report(const fault& f) noexcept {
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

void shard::after(std::chrono::milliseconds t, std::function<void()> f) {
  host().post([this, t, f = std::move(f)]() mutable {
    delays_.push_back(std::make_unique<delay>(*this, std::move(f)));
    delays_.back()->arm(t);
  });
}

}  // namespace jackfield::srv
