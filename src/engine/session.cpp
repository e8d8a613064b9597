#include "engine/session.hpp"

#include "engine/packet_queue.hpp"
#include "engine/upgrade_attempt.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace jackfield::engine {

using protocol::eio_packet;
using protocol::eio_type;
using protocol::payload_kind;

static_assert(sizeof(session) <= 176, "every session pays for this");

std::string_view name_of(close_reason r) noexcept {
  switch (r) {
    case close_reason::transport_close: return "transport close";
    case close_reason::transport_error: return "transport error";
    case close_reason::ping_timeout: return "ping timeout";
    case close_reason::parse_error: return "parse error";
    case close_reason::forced_close: return "forced close";
    case close_reason::server_shutdown: return "server shutting down";
    case close_reason::slow_consumer: return "slow consumer";
  }
  return "transport error";
}

session::session(base::host& host, const session_options& options, std::string_view id, http_head_ref request,
                 std::string_view remote_address, protocol::eio_revision revision)
    : revision_(revision),
      host_(host),
      options_(options),
      request_(std::move(request)),
      id_(id),
      remote_address_(remote_address) {}

session::~session() {
  for (auto* road : {road_.get(), candidate_ ? candidate_->road.get() : nullptr}) {
    if (!road) continue;
    road->close();
    road->detach();
  }
}

void session::open(transport_ref first, std::string_view open_payload, std::string_view initial) {
  if (state_ != ready_state::opening) {
    first->close();
    first->detach();
    return;
  }
  road_ = std::move(first);
  streaming_ = road_->kind() == transport_kind::websocket;
  if (drain_watched_) tell_road();
  state_ = ready_state::open;
  const std::array packets{eio_packet{eio_type::open, payload_kind::text, open_payload},
                           eio_packet{eio_type::message, payload_kind::text, initial}};
  const auto said = std::span(packets).first(initial.empty() ? 1 : 2);
  if (road_->ready()) {
    road_->send(said, compression::allowed);
  } else {
    queue().push(eio_type::open, base::shared_bytes(open_payload));
    message welcome{payload_kind::text, base::shared_bytes(initial)};
    if (!initial.empty()) queue().push({&welcome, 1}, 0, {});
  }
  if (revision_ == protocol::eio_revision::v3) return await_ping();
  await(wait::ping_time, options_.ping_interval);
}

// --- sending

bool session::waiting() const noexcept { return queue_ && !queue_->empty(); }

/// Streams take what fits into what they may hold; behind that it waits here, where a policy can still drop it.
bool session::direct() const noexcept {
  if (!streaming_ || waiting() || !road_->ready()) return false;
  return road_->unsent_bytes() < options_.send_ahead_bytes;
}

bool session::writable() const noexcept { return state_ == ready_state::open && !overrun_ && !waiting() && road_->idle(); }

std::size_t session::unsent_bytes() const noexcept {
  return (queue_ ? queue_->bytes() : 0) + (road_ ? road_->unsent_bytes() : 0);
}

std::size_t session::waiting_bytes(std::uint64_t lane) const noexcept { return queue_ ? queue_->bytes_of(lane) : 0; }

/// What admit() says of nearly every regular group, asked with one look at the road: it goes out, and nobody is to be held.
inline bool session::takes_at_once(std::size_t bytes) const noexcept {
  if (state_ != ready_state::open || overrun_ || sent_watched_ || !streaming_ || waiting()) return false;
  const auto unsent = road_->load();
  if (unsent >= options_.send_ahead_bytes) return false;
  return unsent + bytes <= std::min(options_.pause_reading_bytes, options_.max_unsent_bytes);
}

session::verdict session::overrun() noexcept {
  overrun_ = true;  // the caller keeps its footing: the end comes with the end of the turn
  flush_later();
  return {group_fate::dropped};
}

/// The one decision about a packet group, taken before any of it is touched.
session::verdict session::admit(std::size_t bytes, std::size_t packets, const terms& t, const lane& from) {
  if (state_ != ready_state::open || overrun_) return {group_fate::dropped};
  const bool may_wait = from.rules && from.rules->policy == overflow::drop_volatile;
  if (t.how == delivery::if_writable && !may_wait && !writable()) return {group_fate::dropped};
  const bool goes_direct = direct();
  const auto cost = goes_direct ? bytes : packet_queue::cost(bytes, packets);
  verdict v{goes_direct ? group_fate::direct : group_fate::queued};
  if (!goes_direct && from.rules && !make_room(cost, t, from, v)) return v;
  const auto unsent = unsent_bytes() + cost;
  if (unsent > options_.max_unsent_bytes) return overrun();
  if (unsent > options_.pause_reading_bytes && !held_by_backlog_) {
    held_by_backlog_ = true;
    apply_pause();
    tell_road();
  }
  return v;
}

/// A lane is full: its policy decides what gives way. False: the newcomer.
bool session::make_room(std::size_t cost, const terms& t, const lane& from, verdict& v) {
  using waiting = packet_queue::waiting;
  const auto policy = from.rules->policy;
  const auto most = from.rules->limit_bytes > 0 ? from.rules->limit_bytes : options_.max_unsent_bytes;
  const bool keyed = policy == overflow::keep_latest && !t.key.empty();
  if (keyed && queue().waits(from.id, t.key)) {
    v.fate = group_fate::replacing;
    return true;
  }
  const auto used = queue().bytes_of(from.id);
  if (used + cost <= most) return true;
  if (policy == overflow::disconnect) return v = overrun(), false;
  const auto gives_way = [policy](const waiting& w) {
    if (policy == overflow::drop_volatile) return w.how == delivery::if_writable;
    return policy == overflow::drop_oldest ? w.patient == patience::droppable : w.has_key;
  };
  v.displaced = queue().drop_oldest(from.id, used + cost - most, gives_way);
  if (v.displaced.groups > 0) host_.hit(base::limit::outbound);
  if (queue().bytes_of(from.id) + cost <= most) return true;
  if (gives_way({t.patient, t.how, keyed})) {
    v.fate = group_fate::dropped;
    v.displaced.add(t.number);
  } else {
    v.fate = overrun().fate;
  }
  return false;
}

sent session::enqueue(std::span<message> group, const terms& t, const lane& from, verdict v) {
  if (v.fate != group_fate::replacing || !queue().replace(group, from.id, t, v.displaced)) queue().push(group, from.id, t);
  if (road_->ready()) flush_later();
  return {true, v.displaced};
}

sent session::send(std::span<const message_view> group, const terms& t, const lane& from) {
  if (group.size() == 1 && t.how == delivery::regular && takes_at_once(group[0].data.size())) {
    const eio_packet one{eio_type::message, group[0].kind, group[0].data};
    road_->send({&one, 1}, t.compress);
    return {true};
  }
  const auto outcome = hand_over(group, t, from);
  if (sent_watched_ && outcome) [[unlikely]] {
    const session_ref alive(this);
    for (const auto& m : group) tell_sent({eio_type::message, m.kind, m.data});
  }
  return outcome;
}

sent session::send(const outgoing_ref& shared, const lane& from) {
  if (shared->how() == delivery::regular && takes_at_once(shared->bytes())) {
    road_->send(*shared);
    return {true};
  }
  const auto outcome = hand_over(shared, from);
  if (sent_watched_ && outcome) [[unlikely]] {
    const session_ref alive(this);
    for (const auto& m : shared->messages()) tell_sent({eio_type::message, m.kind, m.data.chars()});
  }
  return outcome;
}

sent session::hand_over(std::span<const message_view> group, const terms& t, const lane& from) {
  std::size_t bytes = 0;
  for (const auto& m : group) bytes += m.data.size();
  const auto v = admit(bytes, group.size(), t, from);
  if (v.fate == group_fate::dropped) return {false, v.displaced};
  if (v.fate != group_fate::direct) {
    boost::container::small_vector<message, 4> owned;
    for (const auto& m : group) owned.push_back({m.kind, base::shared_bytes(m.data)});
    return enqueue(owned, t, from, v);
  }
  std::array<eio_packet, 16> batch;
  while (!group.empty()) {
    const auto part = group.first(std::min(group.size(), batch.size()));
    std::transform(part.begin(), part.end(), batch.begin(), [](const message_view& m) {
      return eio_packet{eio_type::message, m.kind, m.data};
    });
    road_->send(std::span(batch).first(part.size()), t.compress);
    group = group.subspan(part.size());
  }
  return {true};
}

sent session::hand_over(const outgoing_ref& shared, const lane& from) {
  const auto t = shared->terms();
  const auto v = admit(shared->bytes(), shared->messages().size(), t, from);
  if (v.fate == group_fate::dropped) return {false, v.displaced};
  if (v.fate != group_fate::direct) {
    boost::container::small_vector<message, 4> group(shared->messages().begin(), shared->messages().end());
    return enqueue(group, t, from, v);
  }
  road_->send(*shared);
  return {true};
}

void session::send_control(eio_type type) {
  const eio_packet p{type, payload_kind::text, {}};
  if (direct()) {
    road_->send({&p, 1}, compression::none);
  } else {
    queue().push(type);
    if (road_->ready()) flush_later();
  }
  if (sent_watched_) tell_sent(p);
}

/// The peer decides how many answers wait: they are held to the limit of everything that waits.
void session::answer_ping() {
  if (overrun_) return;
  if (unsent_bytes() + packet_queue::cost(0, 1) > options_.max_unsent_bytes) return void(overrun());
  send_control(eio_type::pong);
}

void session::tell_sent(const eio_packet& p) {
  if (listener_) listener_->on_sent(*this, p);
}

packet_queue& session::queue() {
  if (!queue_) queue_ = std::make_unique<packet_queue>();
  return *queue_;
}

void session::flush_later() {
  if (turn_end_asked_) return;
  turn_end_asked_ = true;
  host_.defer([self = session_ref(this)] { self->end_turn(); });
}

/// Hands what waits to the road. True: something went.
bool session::flush(amount how_much) {
  if (!waiting() && streaming_) queue_.reset();  // an idle WebSocket session holds no queue
  if (!waiting() || !road_->ready()) return false;
  if (!streaming_) {
    const auto payload = next_payload();
    if (payload.empty()) return false;
    road_->send(payload, queue_->wants());
    queue_->settle();
    return true;
  }
  const auto held = road_->unsent_bytes();
  const auto most = how_much == amount::everything ? std::numeric_limits<std::size_t>::max() : options_.send_ahead_bytes;
  const bool room = held < most;
  if (room) {
    const auto some = queue_->take(most - held);
    road_->send(some, queue_->wants());
    queue_->settle();
    if (queue_->empty()) queue_.reset();
  }
  tell_road();
  return room;
}

/// All of it: an answer to a GET is never cut (protocol.md 1.4).
std::span<const eio_packet> session::next_payload() { return queue_->take(std::numeric_limits<std::size_t>::max()); }

void session::end_turn() {
  turn_end_asked_ = false;
  if (state_ == ready_state::closed) return;
  if (overrun_) {
    host_.hit(base::limit::unsent_bytes);
    return finish(close_reason::slow_consumer, "more unsent data than allowed");
  }
  if (flush() && !streaming_ && unsent_bytes() == 0) drained();
}

/// Nothing waits any more, here or in the road.
void session::drained() {
  relieve_peer();
  if (listener_) listener_->on_drain(*this);
}

void session::on_transport_ready(transport& t) {
  if (&t != road_.get()) return;  // a candidate carries nothing
  if (state_ == ready_state::closing) return on_last_poll();
  const bool went = flush();
  const bool all = streaming_ ? !went && !waiting() && road_->idle() : went;
  if (all) {
    drained();
  } else {
    relieve_peer();
  }
}

// --- receiving

bool session::on_packet(transport& t, const eio_packet& p) {
  if (&t != road_.get()) return on_candidate_packet(t, p);
  if (state_ != ready_state::open) return on_early_or_late_packet(t, p);
  if (listener_) listener_->on_packet(*this, p);
  if (state_ == ready_state::open && &t == road_.get()) on_road_packet(p);
  return &t == road_.get();
}

/// Closing, always polling: deaf, but for the peer's own goodbye.
bool session::on_early_or_late_packet(transport&, const eio_packet& p) {
  if (p.type != eio_type::close) return true;
  on_peer_close();
  return false;
}

void session::on_road_packet(const eio_packet& p) {
  if (p.type != eio_type::message) return on_control_packet(p);
  if (listener_) listener_->on_message(*this, p.kind, p.data);
}

void session::on_control_packet(const eio_packet& p) {
  switch (p.type) {
    case eio_type::message: return;
    case eio_type::pong: return on_pong();
    case eio_type::ping: return on_ping();
    case eio_type::close:
      if (!streaming_) on_peer_close();  // a WebSocket ends with its own handshake
      return;
    case eio_type::open:
    case eio_type::upgrade:
    case eio_type::noop: return;
  }
}

// --- back-pressure

void session::pause_reading(bool paused) {
  if (held_by_user_ == paused) return;
  held_by_user_ = paused;
  apply_pause();
  if (paused) return;
  if (waits_for_ == wait::peer_ping) return await_ping();
  restart_pong_timeout();
}

void session::apply_pause() {
  const bool pause = must_not_read();
  if (!road_ || reading_paused_ == pause) return;
  reading_paused_ = pause;
  road_->pause_reading(pause);
}

void session::relieve_peer() {
  if (!held_by_backlog_ || unsent_bytes() > options_.pause_reading_bytes / 2) return;
  held_by_backlog_ = false;
  apply_pause();
  tell_road();
}

void session::watch_drain(bool wanted) {
  drain_watched_ = wanted;
  tell_road();
}

void session::tell_road() {
  if (road_) road_->want_drain(drain_watched_ || held_by_backlog_ || (streaming_ && waiting()));
}

}  // namespace jackfield::engine
