// client_socket: the public handle over cl::socket.
#include "client/manager.hpp"
#include "client/socket.hpp"

#include <jackfield/client_socket.hpp>

#include <utility>

namespace jackfield {

namespace cl {
void intrusive_ptr_add_ref(const socket* p) noexcept { sio::intrusive_ptr_add_ref(static_cast<const sio::endpoint*>(p)); }
void intrusive_ptr_release(const socket* p) noexcept { sio::intrusive_ptr_release(static_cast<const sio::endpoint*>(p)); }
}  // namespace cl

std::string client_socket::id() const { return core_->id(); }
std::string_view client_socket::nsp_name() const noexcept { return core_->nsp_name(); }
bool client_socket::connected() const noexcept { return core_->state() == sio::life::connected; }
bool client_socket::active() const noexcept { return core_->active(); }
bool client_socket::recovered() const noexcept { return core_->recovered(); }

void client_socket::connect() const {
  core_->on_worker([c = core_.get()] { c->connect(); });
}
void client_socket::disconnect() const {
  core_->on_worker([c = core_.get()] { c->disconnect(); });
}
void client_socket::auth(client_auth a) const {
  core_->on_worker([c = core_.get(), a = std::move(a)]() mutable { c->set_auth(std::move(a)); });
}

listener_id client_socket::add(std::string_view event, detail::ref<detail::event_handler> h, times t, at where) const {
  const auto id = h->id();
  const auto place = where == at::front ? sio::place::front : sio::place::back;
  if (t == times::once) h->set_once();
  core_->on_worker([c = core_.get(), name = std::string(event), h = std::move(h), place]() mutable {
    c->handlers().add(name, std::move(h), place);
  });
  return id;
}

listener_id client_socket::add(special kind, detail::ref<detail::event_handler> h, at where) const {
  static_assert(static_cast<int>(special::connect_error) == static_cast<int>(sio::special_name::connect_error));
  const auto id = h->id();
  const auto place = where == at::front ? sio::place::front : sio::place::back;
  const auto late = kind == special::connect && !core_->env().host.current();
  core_->on_worker([c = core_.get(), kind, place, late, h = std::move(h)]() mutable {
    if (late)
      c->add_connect_handler(std::move(h));
    else
      c->handlers().add(static_cast<sio::special_name>(kind), std::move(h), place);
  });
  return id;
}

void client_socket::off(std::string_view event) const {
  core_->on_worker([c = core_.get(), name = std::string(event)] { c->handlers().remove(name); });
}
void client_socket::off(listener_id one) const {
  core_->on_worker([c = core_.get(), one] { c->handlers().remove(one); });
}
void client_socket::off() const {
  core_->on_worker([c = core_.get()] { c->handlers().remove_events(); });
}
void client_socket::remove_all(special kind) const {
  core_->on_worker([c = core_.get(), kind] { c->handlers().remove(static_cast<sio::special_name>(kind)); });
}
listener_id client_socket::on_end(std::function<void()> f) const {
  const auto id = detail::next_listener_id();
  core_->on_end(id, std::move(f));
  return id;
}
void client_socket::off_end(listener_id one) const {
  core_->on_worker([c = core_.get(), one] { c->off_end(one); });
}

bool client_socket::emit(const detail::emit_flags& f, packer& p, detail::ref<detail::waiter> w) const {
  return core_->emit(f, p, std::move(w));
}

pending<void> client_socket::drained() const {
  detail::ref<detail::pending_state<void>> state(new detail::pending_state<void>);
  if (core_->state() == sio::life::gone || core_->env().host.current())
    core_->when_drained(state);
  else
    core_->env().host.post([c = core_, state] { c->when_drained(state); });
  return pending<void>(std::move(state));
}
std::size_t client_socket::waiting_events() const noexcept { return core_->waiting(); }
std::size_t client_socket::dropped_events() const noexcept { return core_->lost(); }

client_socket detail::client_socket_of(incoming& e) { return client_socket(ref<cl::socket>(static_cast<cl::socket*>(e.to))); }

}  // namespace jackfield
