#include "server/socket.hpp"

#include "base/ids.hpp"
#include "base/json.hpp"
#include "server/connection.hpp"
#include "server/crew.hpp"
#include "server/nsp.hpp"
#include "server/old_client.hpp"
#include "server/realm.hpp"
#include "server/recovery.hpp"
#include "server/shard.hpp"
#include "socket/sending.hpp"

#include <jackfield/socket.hpp>

namespace jackfield::srv {
namespace {

/// Unguessable, and not the session's; an old client expects one made of the session's (protocol.md 3.9).
std::string id_for(const nsp& n, const connection& c) {
  if (c.revision() == protocol::eio_revision::v4) return base::random_id();
  return old_client::socket_id(n.name(), c.id());
}

}  // namespace

socket::socket(nsp& n, connection& c, std::string_view auth, std::span<const bytes_view> attachments)
    : endpoint(n.home().environment()),
      nsp_(&n),
      connection_(&c),
      id_(id_for(n, c)),
      serial_(n.home().next_serial()),
      issued_(std::chrono::system_clock::now()) {
  if (n.recovery() != nullptr) recoverable_ = std::make_unique<recoverable>();
  if (auth.empty() || auth == "{}") return;
  base::json::parse(auth, attachments, own().auth);
}

socket::~socket() = default;

const value& socket::auth() const noexcept {
  static const value none{object()};
  return belongings_ ? belongings_->auth : none;
}

socket::belongings& socket::own() {
  if (!belongings_) belongings_ = std::make_unique<belongings>();
  return *belongings_;
}

std::string_view socket::nsp_name() const noexcept { return nsp_->name(); }
engine::session* socket::session() const noexcept { return connection_->session(); }
std::uint64_t socket::next_ack_id() noexcept { return nsp_->next_ack_id(); }

void socket::send(packet_type type, std::string_view json) {
  if (auto* to = session()) sio::send_packet(*to, env().packets, {type, nsp_name(), std::nullopt, json, {}});
}

void socket::on_displaced(const engine::displacement& d) noexcept {
  if (!recoverable_ || d.lowest == 0) return;
  recoverable_->hole.add(d);
  // Of several workers' packets the lowest number is not the oldest: then nothing behind the first is sure.
  if (nsp_->whole().of().size() > 1) recoverable_->hole.begin = recoverable_->since + 1;
}

void socket::hold_peer(bool held) { connection_->hold_peer(held); }

void socket::welcome() {
  set_state(sio::life::connected);
  connection_->on_joined(*this);
  if (auto* r = nsp_->recovery(); r == nullptr)
    send_connect({});
  else if (!r->greet(*this))
    return;
  nsp_->rooms().enter(*this);
  nsp_->note_size();
}

void socket::send_connect(std::string_view pid) {
  if (connection_->revision() == protocol::eio_revision::v3) return send(packet_type::connect, {});
  std::string json = R"({"sid":")";
  json.append(id());
  if (!pid.empty()) json.append(R"(","pid":")").append(pid);
  send(packet_type::connect, json += R"("})");
}

/// Straight into the rooms: these joins are none of the program's, and are not noted.
void socket::rejoin() {
  if (!recoverable_ || !recoverable_->back) return;
  const auto rooms = recoverable_->back->session->rooms;
  for (const auto& r : rooms) {
    if (state() == sio::life::connecting) nsp_->rooms().join(*this, r);
  }
}

const recovery_report& socket::recovery_outcome() const noexcept {
  static const recovery_report nothing;
  return recoverable_ && recoverable_->report ? *recoverable_->report : nothing;
}

bool socket::emit(const detail::emit_flags& f, packer& p, sio::waiter_ref w) {
  if (!recoverable_ || w) return endpoint::emit(f, p, std::move(w));
  if (f.volatile_) {
    recovery::mark_of(p).leave(*recoverable_);
    return endpoint::emit(f, p, nullptr);
  }
  auto* r = nsp_->recovery();
  if (r->over() || (state() == sio::life::gone && !recoverable_->away.load(std::memory_order_acquire))) return false;
  return r->emit(*this, f, p);
}

void socket::turn_away() {
  if (state() != sio::life::connecting) return;
  if (recoverable_) nsp_->recovery()->give_back(*this);
  nsp_->rooms().leave_all(*this);
  set_state(sio::life::gone);
  connection_->on_left(*this, disconnect_reason::client_namespace_disconnect);
  bury();
}

void socket::end(disconnect_reason why, std::string_view description) {
  if (state() != sio::life::connected) return;
  const base::ref<endpoint> alive(this);
  detail::incoming in;
  in.why = why;
  in.text = description;
  set_state(sio::life::leaving);
  tell(sio::special_name::disconnecting, in);
  if (recoverable_) nsp_->recovery()->leave(*this, why);
  nsp_->rooms().exit(*this);
  nsp_->note_size();
  connection_->on_left(*this, why);
  set_state(sio::life::gone);
  tell(sio::special_name::disconnect, in);
  if (recoverable_) nsp_->recovery()->left(*this);
  if (once() != nullptr && !(recoverable_ && recoverable_->away)) once()->close();
  bury();
}

void socket::on_leave() {
  if (!leave_after_held()) end(disconnect_reason::client_namespace_disconnect);
}

void socket::leave_namespace() {
  if (state() != sio::life::connected) return;
  send(packet_type::disconnect, {});
  end(disconnect_reason::server_namespace_disconnect);
}

void socket::abandon() {
  if (once() != nullptr) once()->close();
  if (recoverable_) nsp_->recovery()->forget(*this);
  nsp_->rooms().exit(*this);
  nsp_->note_size();
  set_state(sio::life::gone);
  wind_up();
}

/// Handlers that are on the stack stay until the end of the turn; so do we.
void socket::bury() {
  wind_up();
  nsp_->home().bury(base::ref<endpoint>(this));
}

bool socket::join(std::string_view room) {
  const auto& limits = nsp_->home().options().limits;
  if (state() == sio::life::gone) return false;
  const bool too_many = room_count() >= limits.rooms_per_socket && !nsp_->rooms().in_room(*this, room);
  if (room.size() > limits.room_name_bytes || too_many) {
    nsp_->home().host().hit(base::limit::rooms);
    return false;
  }
  if (nsp_->rooms().join(*this, room) && recoverable_) nsp_->recovery()->note(*this, room, adapter::move::joined);
  return true;
}

void socket::leave(std::string_view room) {
  if (state() == sio::life::gone || !nsp_->rooms().leave(*this, room)) return;
  if (recoverable_) nsp_->recovery()->note(*this, room, adapter::move::left);
}

void socket::on_fault(std::string_view where, std::exception_ptr thrown) noexcept {
  if (state() == sio::life::gone) return detail::report_stray(where, std::move(thrown));
  nsp_->home().report({where, nsp_->name(), id(), std::move(thrown)});
}

void socket::on_bad_event(std::string_view event, const error& e) noexcept {
  const auto h = nsp_->registered().now();
  if (!h->bad_event) return;
  try {
    (*h->bad_event)({jackfield::socket(detail::ref<socket>(this)), event, e});
  } catch (...) {
    on_fault("on_bad_event", std::current_exception());
  }
}

}  // namespace jackfield::srv
