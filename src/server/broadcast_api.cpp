// broadcast_operator: the public value over fanout.
#include "base/host.hpp"
#include "server/broadcast_letter.hpp"
#include "server/fanout.hpp"
#include "server/gather.hpp"
#include "server/realm.hpp"
#include "server/shard.hpp"
#include "socket/scratch.hpp"
#include "socket/sent_event.hpp"

#include <jackfield/broadcast.hpp>
#include <jackfield/socket.hpp>

#include <utility>

namespace jackfield {
namespace {

template <class Rooms>
broadcast_operator with_all(broadcast_operator op, const Rooms& rooms,
                            broadcast_operator (*add)(broadcast_operator, std::string_view)) {
  for (const auto& r : rooms) op = add(std::move(op), r);
  return op;
}
broadcast_operator add_to(broadcast_operator op, std::string_view room) { return std::move(op).to(room); }
broadcast_operator add_except(broadcast_operator op, std::string_view room) { return std::move(op).except(room); }

sio::sent_event encode(packer& p, srv::realm& n, const detail::emit_flags& f, std::optional<std::uint64_t> id) {
  auto& s = p.memory();
  const auto& env = n.of().first().environment();  // what is asked of it is the same on all workers
  sio::check_attachments(s, env);
  s.finish(env.packets, packet_type::event, n.name(), id);
  return {s, f, id.has_value()};
}

/// One for all workers: what is sent, and to whom.
template <class What>
struct letter final : base::ref_counted<letter<What>> {
  letter(const broadcast_operator& op, What w) : to(op), what(std::move(w)) {}
  const broadcast_operator to;
  const What what;
};

/// What calls f(srv::nsp&, audience, what) for a part.
template <class What, class F>
auto open_letter(base::ref<letter<What>> l, F f) {
  return [l = std::move(l), f](srv::nsp& part) {
    const detail::targets to(l->to);
    f(part, to.who(), l->what);
  };
}

/// f(srv::nsp&, audience, what) on every worker.
template <class What, class F>
void send_letter(srv::realm& n, const broadcast_operator& op, What w, F f) {
  n.spread(open_letter(base::make_ref<letter<What>>(op, std::move(w)), f));
}

/// f(srv::nsp&, audience, T& total) on every worker; the total of all of them.
template <class T, class F>
pending<T> ask_all(srv::realm& n, const broadcast_operator& op, F f) {
  detail::ref<detail::pending_state<T>> state(new detail::pending_state<T>);
  const auto look = [op, f](srv::nsp& part, auto share) {
    const detail::targets to(op);
    const auto found = f(part, to.who());
    share.add([&](T& all) { all.insert(all.end(), found.begin(), found.end()); });
    share.done();
  };
  n.ask<T>(look, [state](T&& all, srv::gathered how) {
    if (how == srv::gathered::all)
      state->complete(std::move(all));
    else
      state->complete(error{errc::disconnected, "a worker ended before it answered"});
  });
  return pending<T>(std::move(state));
}

}  // namespace

detail::targets::targets(const broadcast_operator& o) : but(o.but_.get()) {
  for (std::size_t i = 0; i < o.rooms_.size(); ++i) rooms.emplace_back(o.rooms_[i]);
  for (std::size_t i = 0; i < o.except_.size(); ++i) except.emplace_back(o.except_[i]);
}

broadcast_operator::broadcast_operator(detail::ref<srv::realm> n, detail::emit_flags f, detail::ref<srv::socket> but)
    : nsp_(std::move(n)), but_(std::move(but)), flags_(std::move(f)) {}
broadcast_operator::broadcast_operator(const broadcast_operator&) = default;
broadcast_operator::broadcast_operator(broadcast_operator&&) noexcept = default;
broadcast_operator& broadcast_operator::operator=(const broadcast_operator&) = default;
broadcast_operator& broadcast_operator::operator=(broadcast_operator&&) noexcept = default;
broadcast_operator::~broadcast_operator() = default;

broadcast_operator broadcast_operator::to(std::string_view room) && {
  rooms_.add(room);
  return std::move(*this);
}
broadcast_operator broadcast_operator::to(std::initializer_list<std::string_view> rooms) const {
  return with_all(*this, rooms, add_to);
}
broadcast_operator broadcast_operator::to(const std::vector<std::string>& rooms) const { return with_all(*this, rooms, add_to); }
broadcast_operator broadcast_operator::except(std::string_view room) && {
  except_.add(room);
  return std::move(*this);
}
broadcast_operator broadcast_operator::except(std::initializer_list<std::string_view> rooms) const {
  return with_all(*this, rooms, add_except);
}
broadcast_operator broadcast_operator::except(const std::vector<std::string>& rooms) const {
  return with_all(*this, rooms, add_except);
}

broadcast_operator broadcast_operator::local() const {
  auto op = *this;
  op.flags_.local = true;
  return op;
}
broadcast_operator broadcast_operator::volatile_() const {
  auto op = *this;
  op.flags_.volatile_ = true;
  return op;
}
broadcast_operator broadcast_operator::compress(bool on) const {
  auto op = *this;
  op.flags_.compress = on;
  return op;
}
broadcast_operator broadcast_operator::latest(std::string_view key) const {
  auto op = *this;
  op.flags_.key = key;
  return op;
}
broadcast_operator broadcast_operator::timeout(std::chrono::milliseconds t) const {
  auto op = *this;
  op.flags_.timeout = t;
  return op;
}

void broadcast_operator::send(packer& p) const {
  auto& c = nsp_->of();
  srv::shard* const here = c.here();
  srv::sent_mark mark;
  if (c.options().connection_state_recovery) {
    if (!flags_.volatile_) return srv::recovery::broadcast(*this, flags_, p);
    mark = srv::recovery::mark_of(p);
  }
  const detail::targets to(*this);
  const auto fan_out = [](srv::nsp& part, const adapter::audience& who, const auto& sent) {
    srv::fan_out(part, who, sent.first, sent.second);
  };
  const std::pair sent(encode(p, *nsp_, flags_, std::nullopt), mark);
  using shared_letter = letter<std::pair<sio::sent_event, srv::sent_mark>>;
  base::ref<shared_letter> shared;  // by those who get no copy
  nsp_->others([&](srv::shard& s) {
    const bool may_copy = !c.options().connection_state_recovery && !(but_ && &but_->of().home() == &s);
    if (may_copy && srv::broadcast_letter::write(s, *nsp_, to.who(), sent.first)) return;
    if (!shared) shared = base::make_ref<shared_letter>(*this, sent);
    nsp_->post_to(s, open_letter(shared, fan_out));
  });
  if (auto* part = here != nullptr ? nsp_->part(*here) : nullptr) fan_out(*part, to.who(), sent);
}

pending_answers broadcast_operator::ask(packer& p) const {
  auto& c = nsp_->of();
  const auto id = nsp_->next_ack_id(c.here_or_first().number());
  const auto wanted = flags_.timeout < std::chrono::milliseconds(0) ? c.options().limits.ack_time : flags_.timeout;
  srv::answers_ref state(new detail::pending_state<answers>);
  const auto send = [op = *this, id, wanted, packet = encode(p, *nsp_, flags_, id)](srv::nsp& part, srv::answers_share share) {
    const detail::targets to(op);
    std::vector<std::uint64_t> receivers;
    srv::fan_out(part, to.who(), packet, {}, &receivers);
    part.acks().ask(id, std::move(receivers), wanted, std::move(share));
  };
  nsp_->ask<answers>(send, [state](answers&& all, srv::gathered how) {
    if (how == srv::gathered::some && !all.error) all.error = error{errc::disconnected, "a worker ended before all had answered"};
    state->complete(std::move(all));
  });
  return pending_answers(pending<answers>(std::move(state)));
}

pending<std::vector<socket>> broadcast_operator::fetch_sockets() const {
  return ask_all<std::vector<socket>>(*nsp_, *this, [](srv::nsp& part, const adapter::audience& who) {
    std::vector<socket> found;
    for (auto& s : srv::select(part, who)) found.emplace_back(std::move(s));
    return found;
  });
}

pending<std::vector<std::string>> broadcast_operator::all_sockets() const {
  return ask_all<std::vector<std::string>>(*nsp_, *this, [](srv::nsp& part, const adapter::audience& who) {
    std::vector<std::string> found;
    for (const auto& s : srv::select(part, who)) found.emplace_back(s->id());
    return found;
  });
}

void broadcast_operator::sockets_join(const std::vector<std::string>& rooms) const {
  send_letter(*nsp_, *this, rooms, [](srv::nsp& part, const adapter::audience& who, const auto& names) {
    for (auto& s : srv::select(part, who)) {
      for (const auto& r : names) s->join(r);
    }
  });
}

void broadcast_operator::sockets_leave(const std::vector<std::string>& rooms) const {
  send_letter(*nsp_, *this, rooms, [](srv::nsp& part, const adapter::audience& who, const auto& names) {
    for (auto& s : srv::select(part, who)) {
      for (const auto& r : names) s->leave(r);
    }
  });
}

void broadcast_operator::disconnect_sockets(bool close) const {
  send_letter(*nsp_, *this, close, [](srv::nsp& part, const adapter::audience& who, bool connections_too) {
    for (auto& s : srv::select(part, who)) {
      if (connections_too)
        s->client().disconnect_all();
      else
        s->leave_namespace();
    }
  });
}

}  // namespace jackfield
