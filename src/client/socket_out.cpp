// What goes out: now, when the socket is connected next, or one at a time until it is answered (protocol.md 5.6-5.8).
#include "client/manager.hpp"
#include "client/socket.hpp"
#include "socket/scratch.hpp"
#include "socket/sending.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace jackfield::cl {
namespace {

constexpr std::chrono::milliseconds pace_step{50};

std::size_t bytes_of(std::span<const engine::message_view> all) noexcept {
  std::size_t n = 0;
  for (const auto& m : all) n += m.data.size();
  return n;
}

/// The waiter of one try of an event with retries.
class retry_waiter final : public detail::waiter {
 public:
  retry_waiter(socket& s, std::uint64_t number) : socket_(&s), number_(number) {}
  void answered(const args& a) override { socket_->on_retry_answered(number_, a); }
  void failed(error e) override { socket_->on_retry_failed(number_, std::move(e)); }

 private:
  base::ref<socket> socket_;
  std::uint64_t number_;
};

}  // namespace

bool socket::emit(const detail::emit_flags& f, packer& p, sio::waiter_ref w) {
  if (state() == sio::life::gone) return refuse(w, errc::disconnected, "the client is gone"), false;
  auto& s = p.memory();
  sio::check_attachments(s, env());
  if (options_.retries > 0 && !f.volatile_) return emit_reliably(f, s, std::move(w));
  std::optional<std::uint64_t> id;
  if (w) id = next_ack_id();
  s.finish(env().packets, packet_type::event, nsp_, id);
  if (env().host.current()) return emit_here(f, s, id, std::move(w));
  env().host.post([self = base::ref<socket>(this), e = sio::sent_event(s, f, id.has_value()), f, id, w = std::move(w)]() mutable {
    if (self->state() == sio::life::gone) return self->refuse(w, errc::disconnected, "the client is gone");
    self->emit_kept(f, std::move(e), id, std::move(w));
  });
  return true;
}

/// What becomes of an event; its waiter waits from here on, or was told.
socket::fate socket::admit(const detail::emit_flags& f, std::optional<std::uint64_t> id, const sio::waiter_ref& w,
                           std::size_t bytes) {
  auto* const to = state() == sio::life::connected ? session() : nullptr;
  if (f.volatile_ && (to == nullptr || pacing_ || !to->writable())) {
    refuse(w, errc::disconnected, "a volatile event that could not be sent at once");
    return fate::dropped;
  }
  const bool direct = to != nullptr && !pacing_;
  if (direct && to->unsent_bytes() + bytes > manager_->options().limits.unsent_bytes) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    refuse(w, errc::too_many, "more waits to be sent than client_limits::unsent_bytes");
    return fate::dropped;
  }
  if (w && !wait_for(*id, w, f)) return fate::dropped;
  return direct ? fate::direct : fate::waits;
}

bool socket::emit_here(const detail::emit_flags& f, sio::scratch& s, std::optional<std::uint64_t> id, sio::waiter_ref w) {
  const auto becomes = admit(f, id, w, bytes_of(s.views()));
  if (becomes == fate::dropped) return false;
  if (becomes == fate::waits) return keep(f, sio::sent_event(s, f, id.has_value()), id);
  if (hears_outgoing()) notify_outgoing(s.json(), s.attachments);
  auto* const to = session();  // a listener may have ended it
  return to != nullptr && note(to->send(s.views(), sio::terms_of(f, id.has_value()), lane()));
}

bool socket::emit_kept(const detail::emit_flags& f, sio::sent_event e, std::optional<std::uint64_t> id, sio::waiter_ref w) {
  const auto becomes = admit(f, id, w, e.wire()->bytes());
  if (becomes == fate::dropped) return false;
  return becomes == fate::waits ? keep(f, std::move(e), id) : send_kept(e);
}

bool socket::send_kept(const sio::sent_event& e) {
  if (hears_outgoing()) notify_outgoing(e.json(), e.attachments());
  auto* const to = session();
  return to != nullptr && note(to->send(e.wire(), lane()));
}

// --- while it is not connected

bool socket::keep(const detail::emit_flags& f, sio::sent_event e, std::optional<std::uint64_t> id) {
  const auto now = env().host.timers().now();
  send_buffer::dropped gone;
  const bool kept = buffer_.push({std::move(e), id, f.key, now}, gone);
  count();
  if (kept && options_.away.max_age.count() > 0 && !age_timer_.armed()) on_age();
  fail_dropped(gone);
  if (!kept && id) fail_question(*id, errc::too_many, "more events wait than away_options allows");
  return kept;
}

void socket::on_age() {
  send_buffer::dropped gone;
  buffer_.expire(env().host.timers().now(), gone);
  count();
  if (const auto next = buffer_.next_expiry()) env().host.timers().arm(age_timer_, *next - env().host.timers().now());
  for (const auto id : gone) fail_question(id, errc::timeout, "the event got too old before it could be sent");
  check_drained();
}

/// Connected: all of it, or a few events at a time.
void socket::flush_waiting() {
  send_buffer::dropped old;
  buffer_.expire(env().host.timers().now(), old);
  for (const auto id : old) fail_question(id, errc::timeout, "the event got too old before it could be sent");
  if (options_.away.on_return == burst::paced && !buffer_.empty()) {
    pacing_ = true;
    return on_pace();
  }
  const auto epoch = epoch_;
  while (same_connection(epoch) && !buffer_.empty()) send_kept(buffer_.pop().event);
  count();
}

void socket::on_pace() {
  const std::uint64_t rate = std::max<std::uint32_t>(options_.away.paced_per_second, 1);
  // A slow pace is one event at a time, less often; a fast one several per step.
  const auto at_once = std::max<std::uint64_t>(rate * static_cast<std::uint64_t>(pace_step.count()) / 1000, 1);
  const auto epoch = epoch_;
  for (std::uint64_t i = 0; i < at_once && same_connection(epoch) && !buffer_.empty(); ++i) send_kept(buffer_.pop().event);
  count();
  if (!same_connection(epoch)) return;
  pacing_ = !buffer_.empty();
  if (pacing_) env().host.timers().arm(pace_timer_, std::chrono::milliseconds(at_once * 1000 / rate));
  check_drained();
}

/// Its time is over: an event that was not sent never is (protocol.md 5.7).
void socket::on_expired(std::uint64_t id) noexcept {
  if (buffer_.remove(id)) count();
}

void socket::refuse(const sio::waiter_ref& w, errc code, const char* text) noexcept {
  if (!w) return;
  try {
    w->failed(error{code, text});
  } catch (...) {
    on_fault("acknowledgement", std::current_exception());
  }
}

void socket::fail_question(std::uint64_t id, errc code, const char* text) {
  if (acks() != nullptr) refuse(acks()->take(id), code, text);
}

void socket::fail_dropped(const send_buffer::dropped& ids) {
  for (const auto id : ids) fail_question(id, errc::too_many, "newer events took its place");
}

// --- retries

bool socket::emit_reliably(const detail::emit_flags& f, sio::scratch& s, sio::waiter_ref w) {
  retry_queue::entry e{std::string(s.packed()), {}, f, std::move(w)};
  for (auto a : s.attachments) e.attachments.emplace_back(a.begin(), a.end());
  if (env().host.current()) return queue_reliably(std::move(e));
  env().host.post([self = base::ref<socket>(this), e = std::move(e)]() mutable {
    if (self->state() == sio::life::gone) return self->refuse(e.waiter, errc::disconnected, "the client is gone");
    self->queue_reliably(std::move(e));
  });
  return true;
}

bool socket::queue_reliably(retry_queue::entry e) {
  if (!retries_.push(e)) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    refuse(e.waiter, errc::too_many, "more events wait than away_options allows");
    return false;
  }
  count();
  drain_retries(false);
  return true;
}

void socket::drain_retries(bool again) {
  auto* const to = state() == sio::life::connected ? session() : nullptr;
  const auto* e = to != nullptr ? retries_.start(again) : nullptr;
  if (e == nullptr) return;
  packer p;
  auto& s = p.memory();
  s.pack(e->json, e->attachments);
  const auto id = next_ack_id();
  const auto flags = e->flags;
  s.finish(env().packets, packet_type::event, nsp_, id);
  const sio::waiter_ref w(new retry_waiter(*this, e->number));
  await_answer(id, w, flags);  // one at a time: no limit is needed
  if (hears_outgoing()) notify_outgoing(s.json(), s.attachments);
  if (auto* now = session()) now->send(s.views(), sio::terms_of(flags, true), lane());
}

void socket::on_retry_answered(std::uint64_t number, const args& a) {
  auto done = retries_.take(number);
  if (!done) return;
  count();
  finish_retry(std::move(*done), &a, {});
  drain_retries(false);
  check_drained();
}

void socket::on_retry_failed(std::uint64_t number, error why) {
  if (auto given_up = retries_.failed(number)) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    count();
    finish_retry(std::move(*given_up), nullptr, std::move(why));
  }
  drain_retries(false);
  check_drained();
}

void socket::finish_retry(retry_queue::entry e, const args* answered, error why) {
  if (!e.waiter) return;
  try {
    if (answered != nullptr)
      e.waiter->answered(*answered);
    else
      e.waiter->failed(std::move(why));
  } catch (...) {
    on_fault("acknowledgement", std::current_exception());
  }
}

// --- all of it is out

void socket::when_drained(detail::ref<detail::pending_state<void>> who) {
  if (state() == sio::life::gone) return who->complete(error{errc::disconnected, "the client is gone"});
  drains_.push_back(std::move(who));
  check_drained();
}

void socket::check_drained() {
  if (drains_.empty() || !buffer_.empty() || !retries_.empty()) return;
  // It may be another session than the one that was there when they asked.
  if (auto* to = manager_->session(); to != nullptr && to->unsent_bytes() > 0) return to->watch_drain(true);
  for (const auto& w : std::exchange(drains_, {})) w->complete({});
}

void socket::count() noexcept {
  waiting_.store(buffer_.size() + retries_.size(), std::memory_order_relaxed);
  const auto lost = buffer_.take_lost();
  if (lost > 0) lost_.fetch_add(lost, std::memory_order_relaxed);
}

}  // namespace jackfield::cl
