// Back-pressure towards the peer: events that wait because a handler has as many calls under way as it may have.
#include "socket/endpoint.hpp"

#include <utility>

namespace jackfield::sio {

namespace {
std::size_t memory_of(const args& a) noexcept {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < a.size(); ++i) bytes += a[i].json().size();
  for (const auto& b : a.attachments()) bytes += b.size();
  return bytes;
}
}  // namespace

extras& endpoint::own_extras() {
  if (!extras_) extras_ = std::make_unique<extras>();
  return *extras_;
}

void endpoint::set_concurrency(detail::event_handler& h, std::uint16_t n) {
  h.set_concurrency(n);
  auto& held = own_extras().held;
  if (!held) held = std::make_unique<held_events>();
  run_held();
}

bool endpoint::has_busy_handler(std::string_view event) {
  return handlers_.any_of(event, [](const detail::event_handler& h) { return h.busy(); });
}

void endpoint::hold(const detail::incoming& in) {
  auto& h = *extras_->held;
  held_event e{std::string(in.name), in.arguments->keep(), sizeof(held_event), in.ack_id, in.wants_ack};
  e.bytes += e.name.size() + memory_of(e.arguments);
  h.bytes += e.bytes;
  h.list.push_back(std::move(e));
  if (h.bytes < env_.held_event_bytes || std::exchange(h.peer_held, true)) return;
  hold_peer(true);
}

void endpoint::on_call_ended(detail::event_handler& h) {
  h.count_running(-1);
  run_held();
}

/// As many as there is room for, in their order.
void endpoint::run_held() {
  if (!extras_ || !extras_->held || extras_->held->running) return;
  const base::ref<endpoint> alive(this);
  auto& h = *extras_->held;
  h.running = true;
  while (!h.list.empty() && state() == life::connected && !has_busy_handler(h.list.front().name)) {
    const auto e = std::move(h.list.front());
    h.list.pop_front();
    h.bytes -= e.bytes;
    detail::incoming in;
    in.to = this;
    in.name = e.name;
    in.arguments = &e.arguments;
    in.ack_id = e.ack_id;
    in.wants_ack = e.wants_ack;
    handlers_.each(in.name, [&](detail::event_handler& handler) { call(handler, in); });
  }
  h.running = false;
  if (h.bytes <= env_.held_event_bytes / 2) relieve_peer(h);
  if (h.list.empty() && std::exchange(h.leaves_after, false)) leave_now();
}

void endpoint::relieve_peer(held_events& h) {
  if (std::exchange(h.peer_held, false)) hold_peer(false);
}

bool endpoint::leave_after_held() noexcept {
  if (!holds_events()) return false;
  extras_->held->leaves_after = true;
  return true;
}

}  // namespace jackfield::sio

namespace jackfield::detail {

void call_ended(sio::endpoint& to, ref<event_handler> h) noexcept {
  if (to.state() == sio::life::gone) return;
  to.on_worker([e = &to, h = std::move(h)] { e->on_call_ended(*h); });
}

}  // namespace jackfield::detail
