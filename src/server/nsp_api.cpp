// nsp: the public handle over srv::nsp.
#include "server/bus.hpp"
#include "server/fanout.hpp"
#include "server/nsp.hpp"
#include "server/realm.hpp"
#include "server/shard.hpp"
#include "socket/scratch.hpp"

#include <jackfield/nsp.hpp>

#include <functional>
#include <set>
#include <utility>

namespace jackfield {

namespace srv {
void intrusive_ptr_add_ref(const realm* p) noexcept { intrusive_ptr_add_ref(static_cast<const base::ref_counted<realm>*>(p)); }
void intrusive_ptr_release(const realm* p) noexcept { intrusive_ptr_release(static_cast<const base::ref_counted<realm>*>(p)); }
}  // namespace srv

nsp::nsp(detail::ref<srv::realm> n) noexcept : core_(std::move(n)) {}
std::string_view nsp::name() const noexcept { return core_->name(); }

listener_id nsp::connection_handler(detail::connection_fn f) const { return core_->registered().on_connection(std::move(f)); }
void nsp::middleware(detail::middleware_fn f) const { core_->registered().use(std::move(f)); }
void nsp::off(listener_id one) const { core_->registered().off(one); }
void nsp::on_bad_event(std::function<void(const bad_event&)> f) const { core_->registered().on_bad_event(std::move(f)); }
void nsp::on_room(std::function<void(room_event, std::string_view, std::string_view)> f) const { core_->on_room(std::move(f)); }

std::size_t nsp::size() const noexcept { return core_->size(); }

// --- of all workers

namespace {

/// look(srv::nsp&, T& total) on every worker; made(T&&) is what the caller gets.
template <class T, class R = T, class F, class M = std::identity>
pending<R> gather_from(srv::realm& all, F look, M made = {}) {
  detail::ref<detail::pending_state<R>> state(new detail::pending_state<R>);
  const auto ask = [look](srv::nsp& part, auto share) {
    share.add([&](T& total) { look(part, total); });
    share.done();
  };
  all.ask<T>(ask, [state, made](T&& total, srv::gathered how) {
    if (how == srv::gathered::all)
      state->complete(made(std::move(total)));
    else
      state->complete(error{errc::disconnected, "a worker ended before it answered"});
  });
  return pending<R>(std::move(state));
}

/// The part on the caller's worker. Null: there is none, or the caller is on none.
srv::nsp* part_here(const srv::realm& all) {
  auto& c = all.of();
  auto* here = c.here();
  if (here == nullptr && c.size() == 1) here = &c.first();
  return here != nullptr ? all.part(*here) : nullptr;
}

std::optional<socket> find_in(srv::nsp& part, std::string_view id) {
  auto* m = part.rooms().find(id);
  if (m == nullptr) return std::nullopt;
  return socket(detail::ref<srv::socket>(&srv::as_socket(*m)));
}

}  // namespace

pending<std::optional<socket>> nsp::fetch_socket(std::string_view id) const {
  return gather_from<std::optional<socket>>(*core_, [name = std::string(id)](srv::nsp& part, std::optional<socket>& found) {
    if (auto s = find_in(part, name)) found = std::move(s);
  });
}
pending<std::vector<std::string>> nsp::fetch_rooms() const {
  using names = std::set<std::string>;
  return gather_from<names, std::vector<std::string>>(
      *core_,
      [](srv::nsp& part, names& all) {
        for (auto& r : part.rooms().names()) all.insert(std::move(r));
      },
      [](names&& all) { return std::vector<std::string>(all.begin(), all.end()); });
}
pending<std::size_t> nsp::fetch_room_size(std::string_view room) const {
  return gather_from<std::size_t>(*core_, [name = std::string(room)](srv::nsp& part, std::size_t& all) {
    if (const auto* r = part.rooms().find_room(name)) all += r->size();
  });
}

// --- of the caller's worker

std::size_t nsp::room_size(std::string_view room) const noexcept {
  auto* part = part_here(*core_);
  const auto* r = part != nullptr ? part->rooms().find_room(room) : nullptr;
  return r != nullptr ? r->size() : 0;
}
std::vector<std::string> nsp::rooms() const {
  auto* part = part_here(*core_);
  return part != nullptr ? part->rooms().names() : std::vector<std::string>();
}
std::optional<socket> nsp::find(std::string_view id) const {
  auto* part = part_here(*core_);
  return part != nullptr ? find_in(*part, id) : std::nullopt;
}
std::vector<socket> nsp::sockets() const {
  std::vector<socket> all;
  auto* part = part_here(*core_);
  if (part == nullptr) return all;
  for (auto& s : srv::select(*part, {})) all.emplace_back(detail::ref<srv::socket>(s.get()));
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

/// The road to them belongs to the first worker.
void to_servers(const detail::ref<srv::realm>& from, srv::peer_event e, srv::bus::answers_fn done) {
  auto send = [from, e = std::move(e), done = std::move(done)]() mutable {
    if (auto* road = from->of().road_to_peers()) return road->server_side_emit(*from, std::move(e), std::move(done));
    if (done) done({});  // alone
  };
  auto& host = from->of().first().host();
  if (host.current())
    send();
  else
    host.post(std::move(send));
}

}  // namespace

void nsp::tell_servers(packer& p) const { to_servers(core_, encode(p, core_->of().first()), nullptr); }

pending_answers nsp::ask_servers(packer& p) const {
  srv::answers_ref state(new detail::pending_state<answers>);
  to_servers(core_, encode(p, core_->of().first()), [state](answers all) { state->complete(std::move(all)); });
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
