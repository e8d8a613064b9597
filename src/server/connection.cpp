#include "server/connection.hpp"

#include "base/utf8.hpp"
#include "server/connection_extras.hpp"
#include "server/crew.hpp"
#include "server/nsp.hpp"
#include "server/old_client.hpp"
#include "server/realm.hpp"
#include "server/recovery.hpp"
#include "server/shard.hpp"
#include "server/socket.hpp"
#include "socket/sending.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <vector>

namespace jackfield::srv {
namespace {

constexpr std::chrono::milliseconds default_connect_timeout{45000};
constexpr std::size_t mirrored_nsp_bytes = 128;  // S25

disconnect_reason reason_of(engine::close_reason r) noexcept {
  switch (r) {
    case engine::close_reason::transport_close: return disconnect_reason::transport_close;
    case engine::close_reason::transport_error: return disconnect_reason::transport_error;
    case engine::close_reason::ping_timeout: return disconnect_reason::ping_timeout;
    case engine::close_reason::parse_error: return disconnect_reason::parse_error;
    case engine::close_reason::forced_close: return disconnect_reason::forced_close;
    case engine::close_reason::server_shutdown: return disconnect_reason::server_shutting_down;
    case engine::close_reason::slow_consumer: return disconnect_reason::slow_consumer;
  }
  return disconnect_reason::transport_error;
}

/// At most so many bytes, cut between characters.
std::string_view shortened(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

socket& as_socket(sio::endpoint& e) noexcept { return static_cast<socket&>(e); }

}  // namespace

connection::connection(shard& s, engine::session& session) : mux(session, s.decoding()), shard_(s) {
  session.set_listener(this);
  arm_timer();
}

connection::~connection() = default;

/// An old client is in "/" without a CONNECT.
void connection::connect_unasked() { on_connect("/", {}, {}, nullptr); }

void connection::receive(const protocol::sio_packet& p) {
  if (revision() == protocol::eio_revision::v3) return receive_from_old_client(p);
  route(p, p.has_data ? p.data : std::string_view());
}

void connection::receive_from_old_client(const protocol::sio_packet& p) {
  const auto asked = old_client::address_of(p.nsp);
  if (asked.nsp.size() > shard_.options().limits.namespace_bytes) {
    stop_listening();
    return on_undecodable(protocol::sio_error::invalid_namespace, text_of(protocol::sio_error::invalid_namespace));
  }
  auto plain = p;
  plain.nsp = asked.nsp;
  route(plain, old_client::auth_of(asked.query));
}

/// `auth`: what a CONNECT says about the client: JSON of an object, or empty.
void connection::route(const protocol::sio_packet& p, std::string_view auth) {
  using protocol::sio_type;
  slot* known = find(p.nsp);
  if (p.type == sio_type::connect) {
    if ((known != nullptr && known->is != standing::dismissed) || is_asked(p.nsp)) return close();
    return on_connect(p.nsp, auth, p.attachments, known);
  }
  if (known == nullptr || known->is == standing::pending || p.type == sio_type::connect_error) return close();
  if (known->is == standing::dismissed) return;
  auto& s = as_socket(*known->socket);
  if (p.type == sio_type::event)
    s.on_event(p);
  else if (p.type == sio_type::disconnect)
    s.on_leave();
  else if (!s.on_ack(p) && p.id)
    s.of().acks().on_ack(s, *p.id, args(p.items, p.placeholders ? p.attachments : std::span<const bytes_view>()));
}

void connection::on_connect(std::string_view name, std::string_view auth, std::span<const bytes_view> attachments,
                            const slot* known) {
  if (known != nullptr) erase(*known);
  nsp* n = shard_.find(name);
  if (n == nullptr && !shard_.of_server().has_parents()) return refuse_unknown(name);
  if (full()) return close_for(base::limit::namespaces);
  if (n == nullptr) return ask_about(name, auth, attachments);
  if (!enter(*n, auth, attachments)) on_connect(name, auth, attachments, nullptr);  // it was given up just now
}

/// Counts what is asked for too.
bool connection::full() const noexcept {
  return slots().size() + (extras_ ? extras_->asked.size() : 0) >= shard_.options().limits.namespaces_per_client;
}

/// False: the namespace was given up, and its name is free.
bool connection::enter(nsp& n, std::string_view auth, std::span<const bytes_view> attachments) {
  if (!n.whole().arrive()) return false;
  const auto s = base::make_ref<socket>(n, *this, auth, attachments);
  bool waits = false;
  if (auto* r = n.recovery()) {
    const base::ref<connection> alive(this);
    waits = r->look_up(*s) == recovery::search::goes_on;
    if (closing_ || session() == nullptr) {  // a handler of the old socket closed this client
      s->turn_away();
      return true;
    }
  }
  slots().push_back({n.name(), s, standing::pending});
  if (!waits) go_on(*s);
  return true;
}

void connection::go_on(socket& s) {
  s.rejoin();
  if (s.state() == sio::life::connecting) s.of().admit(s);
}

// --- names that the rules of parents decide about

void connection::ask_about(std::string_view name, std::string_view auth, std::span<const bytes_view> attachments) {
  const detail::ref<asking> a(new asking(*this, name, auth, attachments));
  more().asked.push_back(a);
  a->start();
}

bool connection::is_asked(std::string_view name) const noexcept {
  if (!extras_) return false;
  const auto& all = extras_->asked;
  return std::any_of(all.begin(), all.end(), [name](const auto& a) { return a->name() == name; });
}

void connection::on_asked(asking& a, parent* by) {
  a.cancel();
  auto& all = extras_->asked;
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.get() == &a; });
  const auto alive = std::move(*at);
  all.erase(at);
  if (closing_ || session() == nullptr || session()->state() != engine::ready_state::open) return;
  const std::vector<bytes_view> attachments(a.attachments().begin(), a.attachments().end());
  for (;;) {  // until nobody gives it up between our finding it and our being there
    const auto r = by != nullptr ? shard_.of_server().child(*by, a.name()) : nullptr;
    if (!r) return refuse_unknown(a.name());
    if (enter(shard_.part_of(*r), a.auth(), attachments)) return;
  }
}

void connection::forget_questions() noexcept {
  if (!extras_) return;
  const auto all = std::move(extras_->asked);
  extras_->asked.clear();
  for (const auto& a : all) a->cancel();
}

connection::extras& connection::more() {
  if (!extras_) extras_ = std::make_unique<extras>();
  return *extras_;
}

// --- namespaces that we left and the client still believes in

void connection::dismiss(slot& s) {
  auto& n = as_socket(*s.socket).of();
  if (n.whole().made_by() != nullptr) more().left.emplace_back(&n);  // it may go before the slot
  s.socket.reset();
  s.is = standing::dismissed;
}

void connection::erase(const slot& s) {
  if (extras_) std::erase_if(extras_->left, [&](const auto& n) { return n->name().data() == s.nsp.data(); });
  slots().erase(slots().begin() + (&s - slots().data()));
}

void connection::refuse_unknown(std::string_view name) {
  const auto mirrored = shortened(name, mirrored_nsp_bytes);
  sio::send_packet(*session(), shard_.environment().packets,
                   {packet_type::connect_error, mirrored, std::nullopt, R"({"message":"Invalid namespace"})", {}});
  count_refusal();
}

bool connection::count_refusal() {
  if (++refused_ <= shard_.options().limits.refused_connects) return false;
  close_for(base::limit::refused_connects);
  return true;
}

void connection::on_joined(socket& s) {
  find(s.nsp_name())->is = standing::joined;
  if (++joined_ > 1) return;
  shard_.count_pending(false);
  deadline_.reset();
  arm_timer();
}

void connection::on_left(socket& s, disconnect_reason why) {
  s.of().depart();
  slot* mine = find(s.nsp_name());
  if (mine == nullptr || mine->socket.get() != &s) return;
  const bool was_joined = mine->is == standing::joined;
  if (why == disconnect_reason::server_namespace_disconnect && was_joined && !closing_) {
    dismiss(*mine);
  } else {
    erase(*mine);
  }
  if (!was_joined || --joined_ > 0) return;
  shard_.count_pending(true);
  if (!closing_) arm_timer();
}

void connection::on_undecodable(protocol::sio_error e, std::string_view why) {
  closing_ = true;
  forget_questions();
  if (e == protocol::sio_error::too_many_attachments) shard_.host().hit(base::limit::attachments);
  const base::ref<connection> alive(this);
  std::vector<base::ref<sio::endpoint>> all;
  for (auto& s : slots()) {
    if (s.is == standing::joined) all.push_back(s.socket);
  }
  for (auto& s : all) {
    detail::incoming in;
    in.code = errc::bad_json;
    in.text = why;
    s->tell(sio::special_name::error, in);
  }
  if (session() != nullptr) session()->close();
}

/// Attachments are missing: nothing of the kind before a namespace is joined, and not for long (S26).
void connection::on_unfinished() {
  if (joined_ > 0) return arm_timer();
  for (const auto& s : slots()) {
    if (s.is == standing::dismissed) return;
  }
  close();
}

void connection::on_overdrawn() { close_for(base::limit::attachment_bytes); }

void connection::close_for(base::limit l) {
  shard_.host().hit(l);
  close();
}

/// Without a namespace: connect_timeout. With one: while attachments are missing.
void connection::arm_timer() {
  if (joined_ == 0) {
    const auto wanted = shard_.options().connect_timeout;
    arm_timer(wanted == wanted.zero() ? default_connect_timeout : wanted);
  } else if (unfinished()) {
    arm_timer(shard_.options().limits.attachment_time);
  } else if (deadline_) {
    deadline_->cancel();  // kept: who sends attachments will send more
  }
}

void connection::arm_timer(base::duration time) {
  if (!deadline_) deadline_ = std::make_unique<deadline>(*this);
  shard_.host().timers().arm(*deadline_, time);
}

void connection::on_timer() { close_for(joined_ == 0 ? base::limit::namespace_time : base::limit::attachment_time); }

void connection::disconnect_all() {
  const base::ref<connection> alive(this);
  std::vector<base::ref<sio::endpoint>> all;
  for (auto& s : slots()) {
    if (s.is == standing::joined) all.push_back(s.socket);
  }
  for (auto& s : all) as_socket(*s).leave_namespace();
  close();
}

void connection::close() {
  if (closing_) return;
  closing_ = true;
  forget_questions();
  const base::ref<connection> alive(this);
  stop_listening();
  deadline_.reset();
  if (session() != nullptr) session()->close();
  // Polling without a parked GET: the session waits for one, the sockets do not.
  if (session() != nullptr) end_sockets(disconnect_reason::forced_server_close, {});
}

void connection::close_session(unsent what) {
  if (session() == nullptr) return;
  if (what == unsent::discard)
    session()->discard();
  else
    session()->close();
}

void connection::shut_down() {
  const base::ref<connection> alive(this);
  closing_ = true;
  forget_questions();
  stop_listening();
  deadline_.reset();
  end_sockets(disconnect_reason::server_shutting_down, {});
  if (session() != nullptr) session()->close(engine::close_reason::server_shutdown);
}

void connection::abandon() {
  closing_ = true;
  forget_questions();
  stop_listening();
  deadline_.reset();
  if (session() != nullptr) session()->set_listener(nullptr);
  auto all = std::move(slots());
  slots().clear();
  for (auto& s : all) {
    if (s.socket) as_socket(*s.socket).abandon();
  }
  ended_.store(true, std::memory_order_release);
  tell_drained(error{errc::disconnected, "the server is gone"});
  extras_.reset();
  drop_session();
}

void connection::hold_peer(bool held) {
  const bool was = holds_ > 0;
  held ? ++holds_ : --holds_;
  if (session() != nullptr && was != (holds_ > 0)) session()->pause_reading(holds_ > 0);
}

void connection::when_drained(detail::ref<detail::pending_state<void>> who) {
  if (session() == nullptr) return who->complete(error{errc::disconnected, "the client is gone"});
  if (session()->unsent_bytes() == 0) return who->complete({});
  shard_.wait_for_drain(*this, std::move(who));
  session()->watch_drain(true);
}

void connection::tell_drained(result<void> outcome) {
  const base::ref<connection> alive(this);
  for (const auto& w : shard_.take_drain_waiters(*this)) w->complete(outcome);
}

void connection::end_sockets(disconnect_reason why, std::string_view description) {
  boost::container::small_vector<base::ref<sio::endpoint>, 4> all;
  for (auto& s : slots()) {
    if (s.socket) all.push_back(s.socket);
  }
  for (auto& each : all) {
    auto& s = as_socket(*each);
    if (s.state() == sio::life::connecting)
      s.turn_away();
    else
      s.end(why, description);
  }
  slots().clear();
}

void connection::on_close(engine::session& session, engine::close_reason why, std::string_view description) {
  const base::ref<connection> alive(this);
  closing_ = true;
  forget_questions();
  stop_listening();
  deadline_.reset();
  session.set_listener(nullptr);
  ended_.store(true, std::memory_order_release);
  shard_.bury(drop_session());
  if (hears(detail::conn_event_kind::close))
    tell({.kind = detail::conn_event_kind::close, .text = description, .why = reason_of(why)});
  end_sockets(reason_of(why), description);
  tell_drained(error{errc::disconnected, "the client is gone"});
  if (joined_ == 0) shard_.count_pending(false);
  extras_.reset();
  shard_.remove(*this);
}

}  // namespace jackfield::srv
