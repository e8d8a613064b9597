// Opening, losing and closing the connection (protocol.md 5.3, 5.4).
#include "client/manager.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace jackfield::cl {
namespace {

using namespace std::chrono_literals;

disconnect_reason reason_of(engine::close_reason r) noexcept {
  switch (r) {
    case engine::close_reason::transport_close: return disconnect_reason::transport_close;
    case engine::close_reason::transport_error: return disconnect_reason::transport_error;
    case engine::close_reason::ping_timeout: return disconnect_reason::ping_timeout;
    case engine::close_reason::parse_error: return disconnect_reason::parse_error;
    case engine::close_reason::forced_close:
    case engine::close_reason::server_shutdown: return disconnect_reason::forced_close;
    case engine::close_reason::slow_consumer: return disconnect_reason::slow_consumer;
  }
  return disconnect_reason::transport_error;
}

std::size_t most_attachments(const client_options& o) noexcept {
  return o.parser ? o.limits.binary_values : o.limits.attachments;
}

protocol::sio_limits decoder_limits(const client_options& o) {
  return {most_attachments(o), o.limits.namespace_bytes, o.limits.json_depth};
}

engine::client_session_options session_options(const client_options& o) {
  engine::client_session_options out;
  out.transports.clear();
  for (const auto t : o.transports)
    out.transports.push_back(t == client_transport::polling ? engine::transport_kind::polling
                                                            : engine::transport_kind::websocket);
  out.upgrade = o.upgrade;
  out.try_all_transports = o.try_all_transports;
  out.remember_upgrade = o.remember_upgrade;
  // emit() looks at the limit itself, and drops; answers come on top, and a server that takes none is left.
  out.sending.max_unsent_bytes = 2 * o.limits.unsent_bytes + (1u << 20);
  out.sending.pause_reading_bytes = o.limits.unsent_bytes + (1u << 20);
  return out;
}

std::chrono::milliseconds or_default(std::chrono::milliseconds t, std::chrono::milliseconds otherwise) noexcept {
  return t == 0ms ? otherwise : t;
}

}  // namespace

manager::manager(surroundings around, client_options options)
    : around_(std::move(around)),
      options_(std::move(options)),
      environment_(*around_.where, options_.limits.pending_acks, sio::ack_table::no_limit, most_attachments(options_),
                   std::size_t{1} << 20, outbound_options(), options_.parser.get()),
      decoding_(decoder_limits(options_), decoder_limits(options_), options_.limits.attachment_bytes, options_.parser.get()),
      session_options_(session_options(options_)),
      backoff_({or_default(options_.reconnection_delay, 1000ms), or_default(options_.reconnection_delay_max, 5000ms),
                options_.randomization_factor}),
      reconnection_(options_.reconnection) {}

manager::~manager() = default;

engine::session* manager::session() const noexcept {
  return state_ == state::open && connection_ ? connection_->session() : nullptr;
}

// --- opening

/// By hand, or for a socket: not while it is open or on its way. A wait for the next attempt is cut short.
void manager::open() {
  if (ended_.load(std::memory_order_relaxed) || state_ != state::closed) return;
  skip_reconnect_ = false;
  if (reconnecting_) return on_reconnect_time();
  attempt_counts_ = false;
  start();
}

void manager::start() {
  state_ = state::opening;
  const auto s = base::make_ref<engine::client_session>(*around_.where, *around_.dialer, session_options_, around_.memory);
  connection_ = base::make_ref<connection>(*this, *s, decoding_);
  if (holds_ > 0) s->pause_reading(true);
  if (options_.timeout) around_.where->timers().arm(timeout_, *options_.timeout);
  s->connect();
}

void manager::on_session_open(connection& c) {
  if (&c != connection_.get()) return;
  const connection_ref mine(&c);
  timeout_.cancel();
  state_ = state::open;
  connected_.store(true, std::memory_order_release);
  note_road();
  tell({.kind = manager_event_kind::open});
  for (const auto& s : active()) {
    if (connection_ == mine) s->on_open();
  }
  if (connection_ != mine || !attempt_counts_) return;
  const auto n = backoff_.attempts();
  reconnecting_ = attempt_counts_ = false;
  backoff_.reset();
  tell({.kind = manager_event_kind::reconnect, .n = n});
}

void manager::on_timeout() {
  if (state_ != state::opening) return;
  const auto late = std::exchange(connection_, nullptr);
  late->drop();
  bury(late);
  failed({errc::timeout, "timeout"});
}

/// The attempt to open: nothing is open, and nothing tries.
void manager::failed(error e) {
  const base::ref<manager> alive(this);
  timeout_.cancel();
  state_ = state::closed;
  const bool counted = std::exchange(attempt_counts_, false);
  tell({.kind = manager_event_kind::error, .what = e});
  for (const auto& s : active()) s->on_failed(e);
  if (ended_.load(std::memory_order_relaxed)) return;
  if (!counted) {
    if (!reconnecting_ && reconnection_ && backoff_.attempts() == 0 && state_ == state::closed) reconnect();
    return;
  }
  reconnecting_ = false;
  if (state_ == state::closed) reconnect();
  tell({.kind = manager_event_kind::reconnect_error, .what = std::move(e)});
}

// --- the end of a connection

void manager::on_session_closed(connection& c, engine::close_reason why, std::string_view description) {
  const base::ref<manager> alive(this);
  bury(connection_ref(&c));
  if (&c != connection_.get()) {
    std::erase_if(leaving_, [&c](const connection_ref& l) { return l.get() == &c; });
    return check_finished();
  }
  connection_.reset();
  const auto reason = reason_of(why);
  const std::string text(description.empty() ? engine::name_of(why) : description);
  if (state_ == state::opening) return failed({errc::io, text});
  if (why == engine::close_reason::transport_error) tell({.kind = manager_event_kind::error, .what = {errc::io, text}});
  lost(reason, description);
}

void manager::on_undecodable(connection& c, std::string_view why) {
  if (&c != connection_.get()) return;
  on_nonsense(why);
}

void manager::on_nonsense(std::string_view why) {
  if (state_ != state::open) return;
  const std::string text(why);
  let_go();
  lost(disconnect_reason::parse_error, text);
}

/// The connection goes on its way out.
void manager::let_go() {
  const auto c = std::exchange(connection_, nullptr);
  if (!c) return;
  if (state_ == state::opening) {
    c->drop();
    return bury(c);
  }
  leaving_.push_back(c);
  c->leave();
}

/// It is over, and connection_ is another's or none.
void manager::lost(disconnect_reason why, std::string_view description) {
  const base::ref<manager> alive(this);
  const std::string text(description);
  timeout_.cancel();
  backoff_.reset();
  state_ = state::closed;
  attempt_counts_ = false;
  connected_.store(false, std::memory_order_release);
  note_road();
  tell({.kind = manager_event_kind::close, .why = why, .text = text});
  for (const auto& s : active()) s->on_closed(why, text);
  if (ended_.load(std::memory_order_relaxed)) return;
  if (reconnection_ && !skip_reconnect_ && state_ == state::closed) reconnect();
}

void manager::close() {
  if (ended_.load(std::memory_order_relaxed)) return;
  skip_reconnect_ = true;
  reconnecting_ = attempt_counts_ = false;
  reconnect_timer_.cancel();
  backoff_.reset();
  if (state_ == state::closed) return;
  let_go();
  lost(disconnect_reason::forced_close, {});
}

void manager::set_reconnection(bool on) {
  reconnection_ = on;
  if (!on) skip_reconnect_ = true;
}

// --- coming back

void manager::reconnect() {
  if (reconnecting_ || skip_reconnect_ || ended_.load(std::memory_order_relaxed)) return;
  if (options_.reconnection_attempts > 0 && backoff_.attempts() >= options_.reconnection_attempts) {
    backoff_.reset();
    return tell({.kind = manager_event_kind::reconnect_failed});
  }
  reconnecting_ = true;
  around_.where->timers().arm(reconnect_timer_, backoff_.next(around_.draw()));
}

void manager::on_reconnect_time() {
  const base::ref<manager> alive(this);
  reconnect_timer_.cancel();
  const auto given_up = [this] {
    if (!skip_reconnect_ && !ended_.load(std::memory_order_relaxed)) return false;
    reconnecting_ = false;
    return true;
  };
  if (given_up()) return;
  tell({.kind = manager_event_kind::reconnect_attempt, .n = backoff_.attempts()});
  if (given_up() || state_ != state::closed) return;  // a listener has decided otherwise
  attempt_counts_ = true;
  start();
}

// --- sockets

void manager::subscribe(socket& s) {
  const auto is = [&s](const base::ref<socket>& a) { return a.get() == &s; };
  if (std::none_of(active_.begin(), active_.end(), is)) active_.emplace_back(&s);
}

void manager::release(socket& s) {
  std::erase_if(active_, [&s](const base::ref<socket>& a) { return a.get() == &s; });
  if (active_.empty()) close();
}

void manager::hold_peer(bool held) {
  const bool was = holds_ > 0;
  held ? ++holds_ : --holds_;
  if (was != (holds_ > 0) && connection_ && connection_->session() != nullptr) connection_->session()->pause_reading(holds_ > 0);
}

// --- from connections

void manager::on_packet(connection& c, const protocol::sio_packet& p) {
  if (&c != connection_.get()) return;
  base::ref<socket> to;
  {
    const std::lock_guard lock(mutex_);
    const auto at = sockets_.find(p.nsp);
    if (at != sockets_.end()) to = at->second;
  }
  const base::ref<manager> alive(this);
  if (to) to->on_packet(p);
}

void manager::on_ping(connection& c) {
  if (&c == connection_.get() && state_ == state::open) tell({.kind = manager_event_kind::ping});
}

void manager::on_session_drain(connection& c) {
  if (&c != connection_.get()) return;
  for (const auto& s : active()) s->on_drain();
}

void manager::on_upgraded(connection& c, engine::transport_kind to) {
  if (&c != connection_.get()) return;
  note_road();
  tell({.kind = manager_event_kind::upgrade, .text = engine::name_of(to)});
}

void manager::note_road() noexcept {
  const auto* s = session();
  road_.store(s != nullptr && s->road() != nullptr ? static_cast<std::int8_t>(s->road()->kind()) : std::int8_t{-1},
              std::memory_order_release);
}

/// It is on the stack.
void manager::bury(connection_ref c) {
  around_.where->defer([c = std::move(c)] {});
}

// --- the end of the client

void manager::end() {
  if (ended_.exchange(true, std::memory_order_acq_rel)) return;
  const base::ref<manager> alive(this);
  timeout_.cancel();
  reconnect_timer_.cancel();
  for (const auto& s : active()) s->say_goodbye();
  let_go();
  state_ = state::closed;
  connected_.store(false, std::memory_order_release);
  note_road();
  active_.clear();
  std::map<std::string, base::ref<socket>, std::less<>> all;
  std::vector<std::shared_ptr<listener>> listeners;
  {
    const std::lock_guard lock(mutex_);
    all.swap(sockets_);
    listeners.swap(listeners_);
  }
  for (auto& [name, s] : all) s->end();
  check_finished();
}

void manager::abandon() {
  const base::ref<manager> alive(this);
  end();
  for (const auto& c : std::exchange(leaving_, {})) {
    c->drop();
    bury(c);
  }
  check_finished();
}

void manager::check_finished() {
  if (!ended_.load(std::memory_order_relaxed) || !leaving_.empty() || !around_.dialer) return;
  // A road of the dialer's may be on the stack.
  around_.where->defer([d = std::exchange(around_.dialer, nullptr)] {});
  if (auto f = std::exchange(around_.on_finished, {})) f(*this);
}

}  // namespace jackfield::cl
