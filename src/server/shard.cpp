#include "server/shard.hpp"

#include "server/crew.hpp"
#include "server/nsp.hpp"
#include "server/realm.hpp"

#include <algorithm>
#include <exception>

namespace jackfield::srv {
namespace {

std::size_t most_attachments(const server_options& o) noexcept {
  return o.parser ? o.limits.binary_values : o.limits.attachments;
}

std::unique_ptr<adapter::recovery_pool> pool_of(base::host& host, const crew& c) {
  const auto& o = c.options();
  if (!o.connection_state_recovery) return nullptr;
  const auto& l = o.limits;
  return std::make_unique<adapter::recovery_pool>(
      host,
      adapter::recovery_limits{o.connection_state_recovery->max_disconnection_duration, o.ping_interval + o.ping_timeout,
                               l.recovery_packets, l.recovery_bytes, l.recovery_sessions, l.recovery_session_bytes},
      c.recovery_tag(), c.size());
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

shard::shard(crew& c, base::host& host)
    : crew_(c),
      number_(host.number()),
      options_(c.options()),
      environment_(host, options_.limits.pending_acks, options_.limits.ack_time, most_attachments(options_),
                   options_.limits.held_event_bytes, options_.outbound, options_.parser.get()),
      decoding_({most_attachments(options_), options_.limits.namespace_bytes, options_.limits.json_depth},
                {most_attachments(options_), options_.limits.namespace_bytes + options_.limits.request_line_bytes,
                 options_.limits.json_depth},
                options_.limits.attachment_bytes, options_.parser.get(), &c.attachment_bytes()),
      recovery_pool_(pool_of(host, c)) {
  environment_.once = {options_.limits.kept_answers, options_.limits.kept_answer_bytes};
  c.join(*this);
}

shard::shard(std::unique_ptr<crew> own, base::host& host) : shard(*own, host) { own_crew_ = std::move(own); }
shard::shard(base::host& host, const server_options& o) : shard(std::make_unique<crew>(o, 1), host) {}

shard::~shard() {
  auto all = std::move(connections_);
  connections_.clear();
  for (auto& c : all) c->abandon();
  for (auto& [name, n] : parts_) n->end();
  auto parts = std::move(parts_);
  parts_.clear();
  for (auto& [name, n] : parts) n->whole().take_part(*this);
}

bool shard::has_room() const noexcept { return crew_.pending_sessions() < options_.limits.pending_sessions; }

// --- namespaces

base::ref<nsp> shard::of(std::string_view name) {
  const auto r = crew_.of(name);
  return base::ref<nsp>(&part_of(*r));
}

nsp* shard::find(std::string_view name) {
  if (const auto at = parts_.find(name); at != parts_.end() && !at->second->whole().given_up()) return at->second.get();
  const auto r = crew_.find(name);
  return r ? &part_of(*r) : nullptr;
}

nsp& shard::part_of(realm& r) {
  if (nsp* known = r.part(*this)) return *known;
  const auto made = base::make_ref<nsp>(*this, r);
  r.set_part(*this, made);
  parts_.erase(r.name());  // of one that was given up, whose end is on its way
  parts_.emplace(r.name(), made);
  return *made;
}

void shard::forget(realm& r) {
  const auto mine = r.take_part(*this);
  if (!mine) return;
  const auto at = parts_.find(r.name());
  if (at != parts_.end() && at->second == mine) parts_.erase(at);
  host().defer([mine] { mine->end(); });
}

// --- sessions

void shard::on_session(engine::session& s) {
  auto c = base::make_ref<connection>(*this, s);
  c->index_ = static_cast<std::uint32_t>(connections_.size());
  connections_.push_back(c);
  count_pending(true);
  clients_.store(connections_.size(), std::memory_order_relaxed);
  if (crew_.tells_of_connections()) [[unlikely]]
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
  const auto tell = crew_.engine_connection();
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
  for (auto& [name, n] : parts_) names.push_back(n);
  for (auto& n : names) n->acks().end();
}

void shard::report(const fault& f) noexcept { crew_.report(f); }

void shard::after(std::chrono::milliseconds t, std::function<void()> f) {
  host().post([this, t, f = std::move(f)]() mutable {
    delays_.push_back(std::make_unique<delay>(*this, std::move(f)));
    delays_.back()->arm(t);
  });
}

}  // namespace jackfield::srv
