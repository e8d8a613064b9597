#include "server/recovery.hpp"

#include "base/ids.hpp"
#include "server/connection.hpp"
#include "server/crew.hpp"
#include "server/nsp.hpp"
#include "server/realm.hpp"
#include "server/recovery_cargo.hpp"
#include "server/shard.hpp"
#include "server/socket.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::srv {
namespace {

bool may_come_back(disconnect_reason why) noexcept {
  switch (why) {
    case disconnect_reason::transport_close:
    case disconnect_reason::transport_error:
    case disconnect_reason::ping_timeout:
    case disconnect_reason::forced_close:
    case disconnect_reason::forced_server_close:
    case disconnect_reason::server_shutting_down:
    case disconnect_reason::slow_consumer: return true;
    case disconnect_reason::parse_error:
    case disconnect_reason::client_namespace_disconnect:
    case disconnect_reason::server_namespace_disconnect:
    case disconnect_reason::io_server_disconnect:  // a client's words for the last two
    case disconnect_reason::io_client_disconnect: return false;
  }
  return false;
}

/// Both reach the client whole or not at all: one answer to one poll.
bool arrives_whole(const engine::session& s) noexcept {
  return s.road() != nullptr && s.road()->kind() == engine::transport_kind::polling && !s.upgrading();
}

/// Clients of Engine.IO 3 are told no pid.
bool knows_recovery(const socket& s) noexcept { return s.client().revision() == protocol::eio_revision::v4; }

std::size_t bytes_of(const std::vector<adapter::kept_packet>& all) noexcept {
  constexpr std::size_t queued = 64;  // what the session counts for a packet that waits, and some
  std::size_t n = 0;
  for (const auto& p : all) n += p.packet->bytes() + queued * p.packet->messages().size();
  return n;
}

}  // namespace

std::optional<recovery::claim> recovery::claim::of(const value& auth) {
  const auto* pid = auth["pid"].if_string();
  if (pid == nullptr) return std::nullopt;
  claim c{*pid, std::nullopt, 0};
  const auto* members = auth.if_object();
  const auto mine = std::find_if(members->begin(), members->end(), [](const auto& m) { return m.first == "offset"; });
  if (mine != members->end()) c.offset = mine->second.text_or("");
  return c;
}

recovery::search recovery::look_up(socket& s) {
  auto c = claim::of(s.auth());
  if (!c || !knows_recovery(s)) return search::done;
  auto& crew = nsp_.whole().of();
  const bool alone = crew.size() == 1;
  c->number = crew.next_claim();
  if (!alone && !has(c->pid)) {
    ask_others(s, std::move(*c), 0);
    return search::goes_on;
  }
  supersede(c->pid, &s);
  auto report = std::make_unique<recovery_report>();
  if (auto ticket = find(*c, *report)) take_place(s, std::move(ticket), c->number);
  s.recovery_state()->report = std::move(report);
  return search::done;
}

/// What is kept here. Null: nothing that would do, the report says why.
std::unique_ptr<recoverable::return_ticket> recovery::find(const claim& c, recovery_report& r) {
  r.cause = recovery_cause::unknown_session;
  auto known = store_->take(c.pid);
  if (!known) return nullptr;
  r.previous_id = known->sid;
  r.previous_rooms = known->rooms;
  r.away = std::chrono::duration_cast<std::chrono::milliseconds>(nsp_.home().host().timers().now() - known->left_at);
  r.cause = recovery_cause::unknown_offset;
  const auto p = position_of(*known, c);
  return p ? trace(std::move(known), *p, r) : nullptr;
}

/// The client is here, so its old connection is dead, whatever we know of it.
void recovery::supersede(std::string_view pid, const socket* newer) {
  const auto at = live_.find(pid);
  if (at == live_.end() || (newer != nullptr && &at->second->client() == &newer->client())) return;
  const base::ref<socket> old(at->second);
  if (auto* session = old->client().session()) session->discard(engine::close_reason::transport_close);
}

/// The last packet that the client has got, as far as it matters. Nothing: who knows.
std::optional<recovery::position> recovery::position_of(const adapter::saved_session& known, const claim& c) const noexcept {
  const position first{known.since, 0};
  if (!c.offset) return first;
  if (known.trust == adapter::offset_trust::forged) return std::nullopt;
  const auto o = store_->read_offset(*c.offset);
  if (o.kind == adapter::offset_kind::stranger) return first;
  if (o.kind != adapter::offset_kind::ours) return std::nullopt;
  if (o.mark == known.last_mark) return position{known.last};
  if (known.replayed) {
    if (o.mark == known.replayed->before) return first;
    const auto& all = known.replayed->packets;
    const auto mine = std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.mark == o.mark; });
    if (mine != all.end()) return position{known.since, static_cast<std::size_t>(mine - all.begin()) + 1};
    if (o.packet <= known.since) return std::nullopt;
  }
  return position{std::max(o.packet, known.since)};
}

/// Gathers what was missed behind this position. Null: that is not all there any more.
std::unique_ptr<recoverable::return_ticket> recovery::trace(std::unique_ptr<adapter::saved_session> known, position p,
                                                            recovery_report& r) {
  // Whoever has the last packet that was sent to it missed nothing before it left, whatever has been dropped since.
  const auto from = known->last <= p.number ? std::max(p.number, known->until) : p.number;
  const auto dropped = std::max(store_->first() - 1, from < known->until ? known->changes.known_from() : 0);
  const auto fail = [&](recovery_cause why, std::uint64_t lost) {
    r.outcome = recovery_outcome::partial;
    r.cause = why;
    r.lost_events = lost;
    return nullptr;
  };
  if (known->hole.lies_before(p.number))
    return fail(recovery_cause::events_displaced, known->hole.packets + store_->last() - p.number);
  if (from < dropped) return fail(recovery_cause::packets_dropped, store_->last() - from);
  auto t = std::make_unique<recoverable::return_ticket>();
  if (known->replayed) {
    const auto& all = known->replayed->packets;
    t->missed.assign(all.begin() + static_cast<std::ptrdiff_t>(std::min(p.replayed, all.size())), all.end());
  }
  auto rooms = known->rooms;
  rooms.push_back(known->sid);
  store_->missed(from, adapter::membership(rooms, known->changes, from), t->missed);
  if (bytes_of(t->missed) > nsp_.home().options().limits.unsent_bytes)
    return fail(recovery_cause::too_much_missed, t->missed.size());
  t->upto = store_->last();
  t->session = std::move(known);
  r.outcome = recovery_outcome::complete;
  r.cause = recovery_cause::none;
  r.missed_events = t->missed.size();
  return t;
}

void recovery::take_place(socket& s, std::unique_ptr<recoverable::return_ticket> t, std::uint64_t number) {
  auto& r = *s.recovery_state();
  auto& known = *t->session;
  r.pid = engine::short_string(known.pid);
  r.since = known.since;
  r.last = known.last;
  r.last_mark = known.last_mark;
  r.claim = number;
  r.replayed = std::exchange(known.replayed, nullptr);
  r.changes = known.changes;
  r.trust = known.trust;  // a hole is none any more: what it lacks is all among what was missed
  s.take_identity(known.sid);
  if (const auto* c = static_cast<const recovery_cargo*>(known.cargo.get())) s.data() = c->data;
  r.back = std::move(t);
  live_.insert_or_assign(r.pid.view(), &s);
}

void recovery::give_back(socket& s) {
  auto* r = s.recovery_state();
  if (r == nullptr || !r->back || over()) return;
  forget(s);
  auto ticket = std::exchange(r->back, nullptr);
  ticket->session->replayed = std::exchange(r->replayed, nullptr);
  store_->save(std::move(ticket->session));
}

bool recovery::greet(socket& s) {
  auto& r = *s.recovery_state();
  if (!r.back) {
    r.since = r.last = store_->last();
    r.changes.clear();
    if (knows_recovery(s)) {
      r.pid = engine::short_string(base::random_id());
      live_.emplace(r.pid.view(), &s);
    }
    send_connect(s);
    return true;
  }
  const auto ticket = std::exchange(r.back, nullptr);
  if (auto* c = static_cast<recovery_cargo*>(ticket->session->cargo.get()); c != nullptr && c->once)
    s.inherit(std::exchange(c->once, nullptr));
  const auto sent = store_->last();
  const bool whole = ticket->upto >= store_->first() - 1;
  if (whole && sent > ticket->upto) {
    auto rooms = nsp_.rooms().rooms_of(s);
    rooms.emplace_back(s.id());
    store_->missed(ticket->upto, adapter::membership(rooms, r.changes, ticket->upto), ticket->missed);
  }
  if (!ticket->missed.empty() || !whole) r.last = sent;
  if (!ticket->missed.empty()) r.last_mark = ticket->missed.back().mark;
  if (!whole) {  // dropped while a middleware took its time: the client comes again, and is told of the gap
    s.client().close();
    return false;
  }
  // Clients keep what arrives before CONNECT, over a cut too: on a road where a cut may part them, what was missed comes behind.
  auto* session = s.session();
  const bool first = arrives_whole(*session);
  if (!first) send_connect(s);
  for (const auto& packet : ticket->missed) session->send(packet.packet);
  if (first) send_connect(s);
  if (r.replayed) remember_replay(s);
  return true;
}

void recovery::send_connect(socket& s) { s.send_connect(s.recovery_state()->pid.view()); }

void recovery::leave(socket& s, disconnect_reason why) {
  if (over()) return;
  forget(s);
  auto& r = *s.recovery_state();
  if (!may_come_back(why) || r.pid.view().empty()) return;
  auto saved = std::make_unique<adapter::saved_session>();
  saved->sid = s.id();
  saved->pid = r.pid.view();
  saved->rooms = nsp_.rooms().rooms_of(s);
  std::erase(saved->rooms, saved->sid);
  saved->changes = std::move(r.changes);
  saved->since = r.since;
  saved->last = r.last;
  saved->last_mark = r.last_mark;
  saved->claim = r.claim;
  saved->replayed = std::move(r.replayed);
  saved->until = store_->last();
  saved->hole = r.hole;
  saved->trust = r.trust;
  store_->save(std::move(saved));
  r.away.store(true, std::memory_order_release);
}

void recovery::left(socket& s) {
  auto& r = *s.recovery_state();
  if (over() || !r.away) return;
  bool kept = false;
  try {
    // A copy of the data: handles of the old socket may be kept.
    kept = store_->load(r.pid.view(), std::make_unique<recovery_cargo>(s.data(), base::ref<sio::once_memory>(s.once())));
  } catch (...) {
    store_->take(r.pid.view());
    s.on_fault("data", std::current_exception());
  }
  if (!kept) r.away = false;
}

void recovery::forget(socket& s) noexcept {
  if (over()) return;
  const auto at = live_.find(s.recovery_state()->pid.view());
  if (at != live_.end() && at->second == &s) live_.erase(at);
}

void recovery::note(socket& s, std::string_view room, adapter::move what) {
  const auto& limits = nsp_.home().options().limits;
  auto& r = *s.recovery_state();
  if (!r.changes.note(room, what, store_->last(), store_->first(), limits.recovery_room_changes))
    nsp_.home().host().hit(base::limit::room_changes);
}

}  // namespace jackfield::srv
