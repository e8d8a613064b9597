// The life of a socket: active or not, CONNECT and its answer, the end of a connection (protocol.md 5.5).
#include "client/socket.hpp"

#include "base/json.hpp"
#include "client/manager.hpp"
#include "socket/sending.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::cl {
namespace {

constexpr std::string_view old_server =
    "It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client, but they are not compatible (more "
    "information "
    "here: https://socket.io/docs/v3/migrating-from-2-x-to-3-0/)";

/// The text form has no attachments for CONNECT: bytes look as JSON.stringify writes a Buffer.
void without_binary(value& v) {
  if (const auto* b = v.if_binary()) {
    array data;
    data.reserve(b->size());
    for (const auto byte : *b) data.emplace_back(static_cast<unsigned>(byte));
    v = object{{"type", "Buffer"}, {"data", std::move(data)}};
  } else if (auto* a = v.if_array()) {
    for (auto& each : *a) without_binary(each);
  } else if (auto* o = v.if_object()) {
    for (auto& [key, each] : *o) without_binary(each);
  }
}

value parsed(const protocol::sio_packet& p) {
  value v;
  if (p.has_data) base::json::parse(p.data, p.attachments, v, base::json::max_depth);
  return v;
}

}  // namespace

socket::socket(manager& m, std::string nsp, client_socket_options o)
    : endpoint(m.environment()),
      manager_(&m),
      nsp_(std::move(nsp)),
      options_(std::move(o)),
      buffer_(options_.away),
      retries_(options_.retries, options_.away) {}

socket::~socket() = default;

engine::session* socket::session() const noexcept {
  return state() == sio::life::connected || standing_ != standing::none ? manager_->session() : nullptr;
}

std::string socket::id() const {
  const std::lock_guard lock(id_mutex_);
  return id_;
}

void socket::set_id(std::string id) {
  const std::lock_guard lock(id_mutex_);
  id_ = std::move(id);
}

// --- active or not

void socket::connect() {
  if (state() != sio::life::connecting) return;
  active_.store(true, std::memory_order_release);
  manager_->subscribe(*this);
  if (!manager_->coming_back()) manager_->open();
  if (manager_->is_open()) on_open();
}

void socket::disconnect() {
  if (state() == sio::life::gone) return;
  const base::ref<endpoint> alive(this);
  const bool was = state() == sio::life::connected;
  if (was) {
    send_packet(packet_type::disconnect, {});
    standing_ = standing::none;
  }
  deactivate();
  if (was) become_disconnected(disconnect_reason::io_client_disconnect, {});
}

/// Nothing comes back by itself any more; with the last one the connection ends.
void socket::deactivate() {
  if (active_.exchange(false, std::memory_order_acq_rel)) manager_->release(*this);
}

// --- CONNECT

void socket::on_open() {
  if (state() != sio::life::connecting || standing_ != standing::none || !active()) return;
  standing_ = standing::asking;
  const auto epoch = ++epoch_;
  const base::ref<socket> self(this);
  try {
    options_.auth.ask([self, epoch](value said) {
      self->on_worker([s = self.get(), epoch, v = std::move(said)]() mutable {
        if (s->standing_ == standing::asking && s->epoch_ == epoch) s->send_connect(std::move(v));
      });
    });
  } catch (...) {
    standing_ = standing::none;
    on_fault("auth", std::current_exception());
    deactivate();
    tell_connect_error("the auth function failed", nullptr, errc::refused);
  }
}

void socket::send_connect(value said) {
  standing_ = standing::asked;
  object all;
  if (!pid_.empty()) {
    all["pid"] = pid_;
    if (!offset_.empty()) all["offset"] = offset_;
  }
  const auto* own = said.if_object();
  if (own != nullptr) {
    for (auto& [key, v] : *own) all[key] = v;
  }
  if (own == nullptr && all.empty()) return send_packet(packet_type::connect, {});
  value payload(std::move(all));
  if (env().packets == nullptr && payload.has_binary()) without_binary(payload);
  std::string json;
  std::vector<bytes_view> attachments;
  if (!base::json::write(payload, json, attachments)) json.clear();
  send_packet(packet_type::connect, json, attachments);
}

void socket::send_packet(packet_type type, std::string_view json, std::span<const bytes_view> attachments) {
  if (auto* to = session()) sio::send_packet(*to, env().packets, {type, nsp_, std::nullopt, json, attachments});
}

void socket::on_packet(const protocol::sio_packet& p) {
  using protocol::sio_type;
  switch (p.type) {
    case sio_type::connect: return on_accepted(p);
    case sio_type::connect_error: return on_refused(p);
    case sio_type::event: return receive(p);
    case sio_type::ack: on_ack(p); return;
    case sio_type::disconnect:
      standing_ = standing::none;
      if (state() == sio::life::connected && !leave_after_held()) leave_now();
      return;
    default: return;
  }
}

void socket::on_accepted(const protocol::sio_packet& p) {
  if (standing_ != standing::asked) return;
  if (!active()) {  // disconnect() came first: the server has to hear of it
    send_packet(packet_type::disconnect, {});
    standing_ = standing::none;
    return;
  }
  const auto answer = parsed(p);
  std::string sid(answer["sid"].text_or({}));
  if (sid.empty()) {
    standing_ = standing::none;
    return tell_connect_error(old_server, nullptr, errc::io);
  }
  become_connected(std::move(sid), std::string(answer["pid"].text_or({})));
}

void socket::on_refused(const protocol::sio_packet& p) {
  const base::ref<endpoint> alive(this);
  const auto why = parsed(p);
  const std::string message(why.is_string() ? why.text_or({}) : why["message"].text_or({}));
  standing_ = standing::none;
  const bool was_wanted = active();
  deactivate();
  if (state() == sio::life::connected) become_disconnected(disconnect_reason::io_server_disconnect, message);
  if (!was_wanted || state() != sio::life::connecting) return;
  std::string list = "[";
  std::vector<bytes_view> attachments;
  if (!base::json::write(why["data"], list, attachments)) list = "[null";
  std::vector<base::json::element> items;
  base::json::scan_array(list += ']', items, base::json::max_depth);
  const args arguments(items, attachments);
  tell_connect_error(message, why["data"].is_null() ? nullptr : &arguments, errc::refused);
}

void socket::tell_connect_error(std::string_view message, const args* data, errc code) {
  detail::incoming in;
  in.text = message;
  in.arguments = data;
  in.code = code;
  tell(sio::special_name::connect_error, in);
}

/// The order of protocol.md 5.5: what came early, what waited, what is tried again, then the event. Each may end the connection.
void socket::become_connected(std::string sid, std::string pid) {
  const base::ref<endpoint> alive(this);
  standing_ = standing::joined;
  recovered_.store(!pid.empty() && pid == pid_, std::memory_order_release);
  pid_ = std::move(pid);
  set_id(std::move(sid));
  set_state(sio::life::connected);
  const auto epoch = epoch_;
  run_held();
  if (same_connection(epoch)) deliver_early();
  if (same_connection(epoch)) flush_waiting();
  if (same_connection(epoch)) drain_retries(true);
  detail::incoming in;
  if (same_connection(epoch)) tell(sio::special_name::connect, in);
  check_drained();
}

// --- the end of a connection

void socket::leave_now() {
  const base::ref<endpoint> alive(this);
  standing_ = standing::none;
  deactivate();
  if (state() == sio::life::connected) become_disconnected(disconnect_reason::io_server_disconnect, {});
}

void socket::on_failed(const error& e) {
  if (state() == sio::life::connecting) tell_connect_error(e.text, nullptr, e.code);
}

void socket::on_closed(disconnect_reason why, std::string_view description) {
  const base::ref<endpoint> alive(this);
  const bool was = state() == sio::life::connected;
  standing_ = standing::none;
  ++epoch_;
  early_.clear();
  early_bytes_ = 0;
  if (was)
    become_disconnected(why, description);
  else if (state() == sio::life::connecting)
    tell_connect_error(description.empty() ? name_of(why) : description, nullptr, errc::disconnected);
}

void socket::become_disconnected(disconnect_reason why, std::string_view description) {
  const base::ref<endpoint> alive(this);
  set_state(sio::life::connecting);
  ++epoch_;
  pacing_ = false;
  pace_timer_.cancel();
  set_id({});
  detail::incoming in;
  in.why = why;
  in.text = description;
  tell(sio::special_name::disconnect, in);
  if (state() == sio::life::gone) return;
  // A handler may have connected again: what was asked on this new connection is none of ours, but nothing was sent on it yet.
  if (acks() != nullptr) acks()->disconnect([waits = buffer_.ids()](std::uint64_t id) { return !waits.contains(id); });
  check_drained();
}

void socket::say_goodbye() {
  if (state() == sio::life::connected) send_packet(packet_type::disconnect, {});
}

void socket::end() {
  if (state() == sio::life::gone) return;
  const base::ref<endpoint> alive(this);
  set_state(sio::life::gone);
  active_.store(false, std::memory_order_release);
  standing_ = standing::none;
  ++epoch_;
  pace_timer_.cancel();
  age_timer_.cancel();
  set_id({});
  buffer_.clear();
  early_.clear();
  auto unanswered = retries_.take_all();
  wind_up();
  for (auto& e : unanswered) finish_retry(std::move(e), nullptr, error{errc::disconnected, "the client is gone"});
  for (auto& w : std::exchange(drains_, {})) w->complete(error{errc::disconnected, "the client is gone"});
  for (auto& [id, f] : std::exchange(ends_, {})) f();
  count();
}

// --- what is told from elsewhere

base::duration socket::default_ack_time() const noexcept {
  return options_.ack_timeout ? base::duration(*options_.ack_timeout) : sio::ack_table::no_limit;
}

void socket::hold_peer(bool held) { manager_->hold_peer(held); }

void socket::on_fault(std::string_view where, std::exception_ptr thrown) noexcept {
  manager_->report({where, nsp_, id(), std::move(thrown)});
}

void socket::on_bad_event(std::string_view event, const error& e) noexcept {
  try {
    const std::string text = std::string(event) + ": " + e.text;
    detail::incoming in;
    in.code = e.code;
    in.text = text;
    tell(sio::special_name::error, in);
  } catch (...) {  // out of memory: nothing more can be said
  }
}

void socket::add_connect_handler(sio::handler_ref h) {
  const base::ref<endpoint> alive(this);
  handlers().add(sio::special_name::connect, h, sio::place::back);
  if (state() != sio::life::connected) return;
  detail::incoming in;
  in.to = this;
  call(*h, in);
}

void socket::on_end(listener_id id, std::function<void()> f) {
  const auto add = [id](socket& s, std::function<void()> g) {
    if (s.state() == sio::life::gone) return g();
    s.ends_.emplace_back(id, std::move(g));
  };
  if (state() == sio::life::gone) return f();
  if (env().host.current()) return add(*this, std::move(f));
  env().host.post([self = base::ref<socket>(this), add, f = std::move(f)]() mutable { add(*self, std::move(f)); });
}

void socket::off_end(listener_id id) {
  std::erase_if(ends_, [id](const auto& e) { return e.first == id; });
}

}  // namespace jackfield::cl
