// connection: the public handle over srv::connection.
#include "server/connection.hpp"
#include "server/shard.hpp"

#include <jackfield/connection.hpp>

#include <string>
#include <utility>

namespace jackfield {

namespace srv {
void intrusive_ptr_add_ref(const connection* p) noexcept {
  intrusive_ptr_add_ref(static_cast<const base::ref_counted<connection>*>(p));
}
void intrusive_ptr_release(const connection* p) noexcept {
  intrusive_ptr_release(static_cast<const base::ref_counted<connection>*>(p));
}
}  // namespace srv

namespace {

/// Runs f(srv::connection&) on the worker, now or later; nothing happens when the connection is over by then.
template <class F>
void there(const detail::ref<srv::connection>& c, F f) {
  if (c->ended()) return;
  auto& host = c->home().host();
  if (host.current()) return f(*c);
  host.post([c, f = std::move(f)]() mutable {
    if (!c->ended()) f(*c);
  });
}

void send_now(srv::connection& c, protocol::payload_kind kind, std::string_view data) {
  const engine::message_view m{kind, data};
  if (auto* s = c.session()) s->send(std::span(&m, 1));
}

void send_there(const detail::ref<srv::connection>& c, protocol::payload_kind kind, std::string_view data) {
  if (c->ended()) return;
  if (c->home().host().current()) return send_now(*c, kind, data);
  there(c, [kind, d = std::string(data)](srv::connection& conn) { send_now(conn, kind, d); });
}

}  // namespace

std::string_view connection::id() const noexcept { return core_->id(); }
std::string_view connection::remote_address() const noexcept { return core_->address(); }
const http_head& connection::request() const noexcept { return core_->request(); }

std::string_view connection::transport() const noexcept {
  auto* session = core_->session();
  auto* road = session != nullptr ? session->road() : nullptr;
  return road != nullptr ? engine::name_of(road->kind()) : std::string_view();
}
int connection::protocol() const noexcept { return static_cast<int>(core_->revision()); }
conn_state connection::ready_state() const noexcept {
  static_assert(static_cast<int>(conn_state::closed) == static_cast<int>(engine::ready_state::closed));
  auto* session = core_->session();
  return session != nullptr ? static_cast<conn_state>(session->state()) : conn_state::closed;
}
bool connection::upgrading() const noexcept { return core_->session() != nullptr && core_->session()->upgrading(); }
bool connection::upgraded() const noexcept { return core_->session() != nullptr && core_->session()->upgraded(); }
bool connection::writable() const noexcept { return core_->session() != nullptr && core_->session()->writable(); }

listener_id connection::add(kind k, detail::conn_handler f) const {
  const auto id = detail::next_listener_id();
  there(core_, [k, id, f = std::move(f)](srv::connection& c) mutable { c.listen_to(k, id, std::move(f)); });
  return id;
}
void connection::off(listener_id one) const {
  there(core_, [one](srv::connection& c) { c.stop_listening_to(one); });
}

void connection::send(std::string_view text) const { send_there(core_, protocol::payload_kind::text, text); }
void connection::send(bytes_view data) const { send_there(core_, protocol::payload_kind::binary, as_chars(data)); }
void connection::close(unsent what) const {
  there(core_, [what](srv::connection& c) { c.close_session(what); });
}

}  // namespace jackfield
