// client, client_loop: the public handles over manager and loop.
#include "client/loop.hpp"
#include "client/manager.hpp"

#include <jackfield/client.hpp>

#include <utility>

namespace jackfield {

namespace cl {
void intrusive_ptr_add_ref(const manager* p) noexcept {
  intrusive_ptr_add_ref(static_cast<const base::ref_counted<manager>*>(p));
}
void intrusive_ptr_release(const manager* p) noexcept {
  intrusive_ptr_release(static_cast<const base::ref_counted<manager>*>(p));
}
}  // namespace cl

using kind = cl::manager_event_kind;
using cl::manager_event;

std::string_view name_of(client_transport t) noexcept { return t == client_transport::polling ? "polling" : "websocket"; }

void client_auth::ask(answer to) const {
  if (const auto* v = std::get_if<value>(&is_)) return to(*v);
  if (const auto* f = std::get_if<now>(&is_)) return to((*f)());
  if (const auto* f = std::get_if<later>(&is_)) return (*f)(std::move(to));
  to(value());
}

bool client_loop::poll() const {
  const auto mine = owner_;  // a handler may destroy *this
  return mine->poll();
}

client::client(client_loop loop, std::string_view url, client_options options)
    : loop_(loop.owner()), manager_(loop_->make(url, std::move(options))) {}
client::client(std::shared_ptr<cl::loop_owner> loop, detail::ref<cl::manager> m) noexcept
    : loop_(std::move(loop)), manager_(std::move(m)) {}
client::client(client&&) noexcept = default;

client& client::operator=(client&& other) noexcept {
  if (this == &other) return *this;
  end();
  loop_ = std::move(other.loop_);
  manager_ = std::move(other.manager_);
  return *this;
}

client::~client() { end(); }

void client::end() noexcept {
  const auto loop = std::exchange(loop_, nullptr);
  const auto m = std::exchange(manager_, nullptr);
  if (loop && m) loop->end(m);
}

client_socket_options client::default_socket_options() const { return manager_->options().for_sockets(); }

client_socket client::socket(std::string_view nsp) const { return socket(nsp, default_socket_options()); }
client_socket client::socket() const { return socket(nsp_of_url()); }
const std::string& client::nsp_of_url() const noexcept { return manager_->server().nsp; }

client_socket client::socket(std::string_view nsp, client_socket_options options) const {
  const bool connect = options.auto_connect;
  const auto s = manager_->of(nsp, std::move(options));
  if (connect) {
    s->on_worker([c = s.get()] {
      if (!c->active()) c->connect();
    });
  }
  return client_socket(s);
}

void client::connect() const {
  manager_->on_loop([m = manager_.get()] { m->open(); });
}
void client::disconnect() const {
  manager_->on_loop([m = manager_.get()] { m->close(); });
}
void client::reconnection(bool on) const {
  manager_->on_loop([m = manager_.get(), on] { m->set_reconnection(on); });
}
bool client::connected() const noexcept { return manager_->connected(); }
std::string client::transport() const { return std::string(manager_->transport()); }
bool client::poll() const {
  const auto loop = loop_;  // a handler may destroy *this
  return loop->poll();
}

listener_id client::on_open(std::function<void()> f) const {
  return manager_->listen(kind::open, [f = std::move(f)](const manager_event&) { f(); });
}
listener_id client::on_error(std::function<void(const error&)> f) const {
  return manager_->listen(kind::error, [f = std::move(f)](const manager_event& e) { f(e.what); });
}
listener_id client::on_close(std::function<void(disconnect_reason, std::string_view)> f) const {
  return manager_->listen(kind::close, [f = std::move(f)](const manager_event& e) { f(e.why, e.text); });
}
listener_id client::on_ping(std::function<void()> f) const {
  return manager_->listen(kind::ping, [f = std::move(f)](const manager_event&) { f(); });
}
listener_id client::on_upgrade(std::function<void(std::string_view)> f) const {
  return manager_->listen(kind::upgrade, [f = std::move(f)](const manager_event& e) { f(e.text); });
}
listener_id client::on_reconnect_attempt(std::function<void(std::uint32_t)> f) const {
  return manager_->listen(kind::reconnect_attempt, [f = std::move(f)](const manager_event& e) { f(e.n); });
}
listener_id client::on_reconnect(std::function<void(std::uint32_t)> f) const {
  return manager_->listen(kind::reconnect, [f = std::move(f)](const manager_event& e) { f(e.n); });
}
listener_id client::on_reconnect_error(std::function<void(const error&)> f) const {
  return manager_->listen(kind::reconnect_error, [f = std::move(f)](const manager_event& e) { f(e.what); });
}
listener_id client::on_reconnect_failed(std::function<void()> f) const {
  return manager_->listen(kind::reconnect_failed, [f = std::move(f)](const manager_event&) { f(); });
}
void client::off(listener_id one) const { manager_->off(one); }
void client::on_fault(std::function<void(const fault&)> f) const { manager_->on_fault(std::move(f)); }

void client::post(std::function<void()> f) const {
  manager_->where().post([m = manager_, f = std::move(f)] { m->run(f); });
}

}  // namespace jackfield
