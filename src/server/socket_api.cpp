// socket: the public handle over srv::socket.
#include "server/connection.hpp"
#include "server/nsp.hpp"
#include "server/realm.hpp"
#include "server/shard.hpp"
#include "server/socket.hpp"

#include <jackfield/socket.hpp>

namespace jackfield {

namespace srv {
void intrusive_ptr_add_ref(const socket* p) noexcept { sio::intrusive_ptr_add_ref(static_cast<const sio::endpoint*>(p)); }
void intrusive_ptr_release(const socket* p) noexcept { sio::intrusive_ptr_release(static_cast<const sio::endpoint*>(p)); }
}  // namespace srv

socket::socket(detail::ref<srv::socket> s) noexcept : core_(std::move(s)) {}
std::string_view socket::id() const noexcept { return core_->id(); }
std::string_view socket::nsp_name() const noexcept { return core_->nsp_name(); }
nsp socket::nsp() const { return jackfield::nsp(detail::ref<srv::realm>(&core_->of().whole())); }
bool socket::connected() const noexcept {
  const auto s = core_->state();
  return s == sio::life::connected || s == sio::life::leaving;
}

handshake socket::handshake() const {
  auto& c = core_->client();
  return {core_->auth(), c.request(), c.address(), core_->issued(), c.request().has_header("origin"), c.request().secure()};
}
const http_head& socket::request() const noexcept { return core_->client().request(); }
connection socket::conn() const { return connection(detail::ref<srv::connection>(&core_->client())); }

const recovery_report& socket::recovery() const noexcept { return core_->recovery_outcome(); }
std::vector<std::string> socket::rooms() const { return core_->of().rooms().rooms_of(*core_); }
bool socket::in_room(std::string_view room) const { return core_->of().rooms().in_room(*core_, room); }
std::any& socket::storage() const { return core_->data(); }

listener socket::add(std::string_view event, detail::ref<detail::event_handler> h, times t, at where) const {
  const listener mine(core_, h);
  const auto place = where == at::front ? sio::place::front : sio::place::back;
  if (t == times::once) h->set_once();
  if (core_->state() == sio::life::gone) return mine;  // the worker may be gone too
  if (core_->env().host.current())
    core_->handlers().add(event, std::move(h), place);
  else
    core_->on_worker(
        [c = core_.get(), name = std::string(event), h = std::move(h), place] { c->handlers().add(name, h, place); });
  return mine;
}

const listener& listener::concurrency(std::uint16_t n) const {
  socket_->on_worker([c = socket_.get(), h = handler_, n] { c->set_concurrency(*h, n); });
  return *this;
}

pending<void> socket::drained() const {
  detail::ref<detail::pending_state<void>> state(new detail::pending_state<void>);
  if (core_->state() == sio::life::gone)
    state->complete(error{errc::disconnected, "the socket is gone"});
  else if (core_->env().host.current())
    core_->client().when_drained(state);
  else
    core_->env().host.post([c = core_, state] { c->client().when_drained(state); });
  return pending<void>(std::move(state));
}

void socket::outbound(outbound_options o) const {
  core_->on_worker([c = core_.get(), o] { c->set_outbound(o); });
}
outbound_state socket::outbound() const {
  const auto* session = core_->session();
  return {session != nullptr ? session->waiting_bytes(core_->lane().id) : 0, core_->displaced()};
}

listener_id socket::add(special kind, detail::ref<detail::event_handler> h, at where) const {
  static_assert(static_cast<int>(special::error) == static_cast<int>(sio::special_name::error));
  const auto id = h->id();
  const auto place = where == at::front ? sio::place::front : sio::place::back;
  core_->on_worker(
      [c = core_.get(), kind, place, h = std::move(h)] { c->handlers().add(static_cast<sio::special_name>(kind), h, place); });
  return id;
}

void socket::off(std::string_view event) const {
  core_->on_worker([c = core_.get(), name = std::string(event)] { c->handlers().remove(name); });
}
void socket::off(listener_id one) const {
  core_->on_worker([c = core_.get(), one] { c->handlers().remove(one); });
}
void socket::off() const {
  core_->on_worker([c = core_.get()] { c->handlers().remove_events(); });
}
std::vector<listener_id> socket::listeners(std::string_view event) const { return core_->handlers().list(event); }
std::vector<listener_id> socket::list(special kind) const { return core_->handlers().list(static_cast<sio::special_name>(kind)); }
std::vector<std::string> socket::event_names() const { return core_->handlers().names(); }
void socket::remove_all(special kind) const {
  core_->on_worker([c = core_.get(), kind] { c->handlers().remove(static_cast<sio::special_name>(kind)); });
}

bool socket::emit(detail::emit_flags f, packer& p, detail::ref<detail::waiter> w) const {
  return core_->emit(f, p, std::move(w));
}
broadcast_operator socket::others(detail::emit_flags f) const {
  return broadcast_operator(detail::ref<srv::realm>(&core_->of().whole()), f, core_);
}

bool socket::join(std::string_view room) const {
  if (core_->state() == sio::life::gone) return false;
  if (core_->env().host.current()) return core_->join(room);
  core_->on_worker([c = core_.get(), name = std::string(room)] { c->join(name); });
  return true;
}
bool socket::join(std::initializer_list<std::string_view> rooms) const {
  bool all = true;
  for (auto r : rooms) all = join(r) && all;
  return all;
}
bool socket::join(const std::vector<std::string>& rooms) const {
  bool all = true;
  for (const auto& r : rooms) all = join(std::string_view(r)) && all;
  return all;
}
void socket::leave(std::string_view room) const {
  core_->on_worker([c = core_.get(), name = std::string(room)] { c->leave(name); });
}

void socket::disconnect(bool close) const {
  core_->on_worker([c = core_.get(), close] {
    if (close)
      c->client().disconnect_all();
    else
      c->leave_namespace();
  });
}

socket detail::socket_of(incoming& e) { return socket(ref<srv::socket>(static_cast<srv::socket*>(e.to))); }

}  // namespace jackfield
