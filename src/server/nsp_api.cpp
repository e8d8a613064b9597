// nsp: the public handle over srv::nsp.
#include "server/bus.hpp"
#include "server/fanout.hpp"
#include "server/nsp.hpp"
#include "server/shard.hpp"
#include "socket/scratch.hpp"

#include <jackfield/nsp.hpp>

#include <utility>

namespace jackfield {

namespace srv {
void intrusive_ptr_add_ref(const nsp* p) noexcept { intrusive_ptr_add_ref(static_cast<const base::ref_counted<nsp>*>(p)); }
void intrusive_ptr_release(const nsp* p) noexcept { intrusive_ptr_release(static_cast<const base::ref_counted<nsp>*>(p)); }
}  // namespace srv

nsp::nsp(detail::ref<srv::nsp> n) noexcept : core_(std::move(n)) {}
std::string_view nsp::name() const noexcept { return core_->name(); }

listener_id nsp::connection_handler(detail::connection_fn f) const { return core_->registered().on_connection(std::move(f)); }
void nsp::middleware(detail::middleware_fn f) const { core_->registered().use(std::move(f)); }
void nsp::off(listener_id one) const { core_->registered().off(one); }
void nsp::on_bad_event(std::function<void(const bad_event&)> f) const { core_->registered().on_bad_event(std::move(f)); }
void nsp::on_room(std::function<void(room_event, std::string_view, std::string_view)> f) const { core_->on_room(std::move(f)); }

// --- only on the worker

std::size_t nsp::size() const noexcept { return core_->rooms().size(); }
std::size_t nsp::room_size(std::string_view room) const noexcept {
  const auto* r = core_->rooms().find_room(room);
  return r != nullptr ? r->size() : 0;
}
std::vector<std::string> nsp::rooms() const { return core_->rooms().names(); }
std::optional<socket> nsp::find(std::string_view id) const {
  auto* m = core_->rooms().find(id);
  if (m == nullptr) return std::nullopt;
  return socket(detail::ref<srv::socket>(&srv::as_socket(*m)));
}
std::vector<socket> nsp::sockets() const {
  std::vector<socket> all;
  all.reserve(size());
  for (auto& s : srv::select(*core_, {})) all.emplace_back(detail::ref<srv::socket>(s.get()));
  return all;
}

// --- other servers

std::string_view nsp::server_event(std::string_view name) {
  if (name == "connection" || name == "new_namespace")
    throw bad_result(error{errc::reserved_name, "\"" + std::string(name) + "\" is a reserved event name"});
  return name;
}

listener_id nsp::server_handler(std::string_view event, detail::ref<detail::event_handler> h) const {
  const auto id = h->id();
  core_->registered().on_server_side(server_event(event), std::move(h));
  return id;
}

namespace {

srv::peer_event encode(packer& p, srv::shard& home) {
  auto& s = p.memory();
  sio::check_attachments(s, home.environment());
  srv::peer_event e{std::string(s.packed()) + ']', {}};
  for (auto a : s.attachments) e.attachments.emplace_back(as_chars(a));
  return e;
}

void to_servers(const detail::ref<srv::nsp>& from, srv::peer_event e, srv::bus::answers_fn done) {
  auto send = [from, e = std::move(e), done = std::move(done)]() mutable {
    if (auto* road = from->home().road_to_peers()) return road->server_side_emit(*from, std::move(e), std::move(done));
    if (done) done({});  // alone
  };
  auto& host = from->home().host();
  if (host.current())
    send();
  else
    host.post(std::move(send));
}

}  // namespace

void nsp::tell_servers(packer& p) const { to_servers(core_, encode(p, core_->home()), nullptr); }

pending_answers nsp::ask_servers(packer& p) const {
  srv::answers_ref state(new detail::pending_state<answers>);
  to_servers(core_, encode(p, core_->home()), [state](answers all) { state->complete(std::move(all)); });
  return pending_answers(pending<answers>(std::move(state)));
}

// --- what on_connection and use make of coroutines

detail::detached detail::run_handler(task<void> t, socket s) {
  try {
    co_await t;
  } catch (...) {
    s.core()->on_fault("connection", std::current_exception());
  }
}

detail::detached detail::run_middleware(task<void> t, socket s, next n) {
  try {
    co_await t;
  } catch (...) {
    refuse_thrown(s, n);
    co_return;
  }
  n();
}

void detail::refuse_thrown(const socket& s, const next& n) {
  try {
    throw;
  } catch (const refuse& no) {
    n(no);
  } catch (...) {
    s.core()->on_fault("middleware", std::current_exception());
    n(refuse("internal error"));
  }
}

}  // namespace jackfield
