// Packets that are kept: stamped with their offset, recorded, sent. One after another: an event that a listener emits while
// another is on its way follows it, so that every client gets packets in the order of their numbers.
#include "base/host.hpp"
#include "server/crew.hpp"
#include "server/fanout.hpp"
#include "server/nsp.hpp"
#include "server/realm.hpp"
#include "server/recovery.hpp"
#include "server/shard.hpp"
#include "server/socket.hpp"
#include "socket/scratch.hpp"

#include <jackfield/socket.hpp>

#include <algorithm>
#include <utility>

namespace jackfield::srv {

/// An event that is to be sent later: its arguments, for one socket or for many.
struct recovery::parcel {
  parcel(const sio::scratch& s, const detail::emit_flags& f) : flags(f), text(s.packed()) {
    for (auto a : s.attachments) attachments.emplace_back(a.begin(), a.end());
  }
  void unpack(packer& p) const { p.memory().pack(text, attachments); }

  detail::emit_flags flags;
  std::string text;  // the JSON array without its end
  std::vector<bytes> attachments;
  std::optional<broadcast_operator> many;
  base::ref<socket> one;
};

recovery::recovery(nsp& n, std::unique_ptr<adapter::recovery_store> store) : nsp_(n), store_(std::move(store)) {}
recovery::~recovery() = default;

void recovery::end() noexcept {
  over_.store(true, std::memory_order_release);
  waiting_.clear();
  replays_.clear();
  live_.clear();
  store_.reset();
}

/// The time in which one packet goes to its receivers.
class recovery::sending {
 public:
  explicit sending(recovery& r) noexcept : r_(r) { r_.busy_ = true; }
  sending(const sending&) = delete;
  sending& operator=(const sending&) = delete;
  ~sending() {
    r_.busy_ = false;
    while (!r_.busy_ && !r_.waiting_.empty()) {
      const auto next = std::move(r_.waiting_.front());
      r_.waiting_.pop_front();
      r_.run(*next);
    }
  }

 private:
  recovery& r_;
};

bool recovery::now() const noexcept { return nsp_.home().host().current() && !busy_; }

void recovery::put_off(std::unique_ptr<parcel> p) {
  auto& host = nsp_.home().host();
  if (host.current()) return waiting_.push_back(std::move(p));
  host.post([n = base::ref<nsp>(&nsp_), p = std::move(p)] {
    auto* self = n->recovery();
    if (!self->over()) self->run(*p);
  });
}

/// Nobody is left to hear of a parser that throws but on_fault.
void recovery::run(const parcel& p) {
  try {
    packer again;
    p.unpack(again);
    if (p.many)
      broadcast_now(*p.many, p.flags, again);
    else
      emit_now(*p.one, p.flags, again);
  } catch (...) {
    nsp_.home().report({"emit", nsp_.name(), {}, std::current_exception()});
  }
}

void recovery::broadcast(const broadcast_operator& to, const detail::emit_flags& f, packer& p) {
  auto& all = detail::targets::realm_of(to);
  auto& crew = all.of();
  sio::check_attachments(p.memory(), crew.first().environment());
  if (all.given_up()) return;
  shard* const here = crew.here();
  auto* mine = here != nullptr ? here->part_of(all).recovery() : nullptr;
  if (mine != nullptr && !mine->busy_) return mine->broadcast_now(to, f, p);
  auto later = std::make_unique<parcel>(p.memory(), f);
  later->many = to;
  if (mine != nullptr) return mine->waiting_.push_back(std::move(later));
  crew.first().host().post([all = base::ref<realm>(&all), p = std::move(later)] {
    if (all->given_up()) return;
    auto* r = all->of().first().part_of(*all).recovery();
    if (!r->over()) r->run(*p);
  });
}

bool recovery::emit(socket& to, const detail::emit_flags& f, packer& p) {
  sio::check_attachments(p.memory(), nsp_.home().environment());
  if (now()) return emit_now(to, f, p);
  auto later = std::make_unique<parcel>(p.memory(), f);
  later->one = base::ref<socket>(&to);
  put_off(std::move(later));
  return true;
}

recovery::made recovery::record(packer& p, const detail::emit_flags& f, adapter::addressees to, adapter::reach r) {
  auto& s = p.memory();
  s.text += ",\"";
  store_->write_offset(s.text);
  s.text += '"';
  s.finish(nsp_.home().environment().packets, packet_type::event, nsp_.name(), std::nullopt);
  sio::sent_event event(s, f, false, store_->last() + 1);
  const auto mark = store_->next_mark();
  const auto number = store_->record(event.wire(), std::move(to), r);
  return {std::move(event), {number, adapter::offset_trust::sound, mark}};
}

namespace {
adapter::addressees addressees_of(const adapter::audience& who) {
  return {who.in, who.except, who.but != nullptr ? who.but->member_id() : std::string_view()};
}
}  // namespace

void recovery::broadcast_now(const broadcast_operator& to, const detail::emit_flags& f, packer& p) {
  const detail::targets those(to);
  const auto who = those.who();
  const auto packet = record(p, f, addressees_of(who), adapter::reach::all_workers);
  const sending turn(*this);
  if (nsp_.whole().of().size() > 1) repeat_elsewhere(to, packet);
  fan_out(nsp_, who, packet.event, packet.mark);
}

/// Also to workers without a socket: one may come back to any of them.
void recovery::repeat_elsewhere(const broadcast_operator& to, const made& packet) {
  struct letter final : base::ref_counted<letter> {
    letter(const broadcast_operator& o, const made& m) : to(o), event(m.event), mark(m.mark.mark) {}
    const broadcast_operator to;
    const sio::sent_event event;
    const std::uint64_t mark;
  };
  const auto l = base::make_ref<letter>(to, packet);
  for (shard* s : nsp_.whole().of().shards()) {
    if (s == &nsp_.home()) continue;
    s->host().post([all = base::ref<realm>(&nsp_.whole()), s, l] {
      if (nsp* n = all->part_to_be(*s)) n->recovery()->repeat_here(l->to, l->event, l->mark);
    });
  }
}

void recovery::repeat_here(const broadcast_operator& to, const sio::sent_event& event, std::uint64_t mark) {
  if (over()) return;
  const detail::targets those(to);
  const auto who = those.who();
  const auto number = store_->repeat(event.wire(), addressees_of(who), mark);
  const sending turn(*this);
  fan_out(nsp_, who, event, {number, adapter::offset_trust::sound, mark});
}

bool recovery::emit_now(socket& to, const detail::emit_flags& f, packer& p) {
  if (to.state() != sio::life::gone) return emit_to(&to, to.id(), f, p);
  const auto pid = to.recovery_state()->pid.view();
  const auto heir = live_.find(pid);
  if (heir != live_.end()) return emit_to(heir->second, to.id(), f, p);
  if (store_->find(pid) != nullptr) return emit_to(nullptr, to.id(), f, p);
  if (nsp_.whole().of().size() == 1) return false;
  emit_elsewhere(to, f, p);
  return true;
}

/// `reader` null: it is away, and this will be among what it missed.
bool recovery::emit_to(socket* reader, std::string_view sid, const detail::emit_flags& f, packer& p) {
  const auto packet = record(p, f, {std::span(&sid, 1), {}}, adapter::reach::here);
  if (reader == nullptr || reader->recovery_state()->back) return true;
  const sending turn(*this);
  const base::ref<socket> alive(reader);
  if (reader->hears_outgoing()) reader->notify_outgoing(packet.event.json(), packet.event.attachments());
  packet.mark.leave(*reader->recovery_state());
  auto* session = reader->session();
  return session != nullptr && reader->note(session->send(packet.event.wire(), reader->lane()));
}

/// Its client has gone to another worker since, or nobody knows it any more.
void recovery::emit_elsewhere(const socket& gone, const detail::emit_flags& f, packer& p) {
  struct letter final : base::ref_counted<letter> {
    letter(const socket& to, const sio::scratch& s, const detail::emit_flags& fl)
        : what(s, fl), pid(to.recovery_state()->pid.view()), sid(to.id()) {}
    const parcel what;
    const std::string pid, sid;
  };
  const auto l = base::make_ref<letter>(gone, p.memory(), f);
  for (shard* s : nsp_.whole().of().shards()) {
    if (s == &nsp_.home()) continue;
    s->host().post([all = base::ref<realm>(&nsp_.whole()), s, l] {
      nsp* n = all->part(*s);
      auto* r = n != nullptr ? n->recovery() : nullptr;
      if (r == nullptr || r->over() || !r->has(l->pid)) return;
      packer again;
      l->what.unpack(again);
      const auto heir = r->live_.find(l->pid);
      r->emit_to(heir != r->live_.end() ? heir->second : nullptr, l->sid, l->what.flags, again);
    });
  }
}

bool recovery::has(std::string_view pid) noexcept { return live_.contains(pid) || store_->find(pid) != nullptr; }

std::uint64_t recovery::last_claim(std::string_view pid) noexcept {
  if (const auto at = live_.find(pid); at != live_.end()) return at->second->recovery_state()->claim;
  const auto* kept = store_->find(pid);
  return kept != nullptr ? kept->claim : 0;
}

sent_mark recovery::mark_of(packer& p) noexcept {
  constexpr std::size_t longest = 24;  // of offsets
  const std::string_view text = p.memory().text;
  if (!text.ends_with('"')) return {};
  const auto inside = text.substr(0, text.size() - 1);
  const auto tail = inside.substr(inside.size() - std::min(inside.size(), longest));
  const auto begin = tail.rfind('"');
  if (begin == std::string_view::npos) return {};
  const auto last = tail.substr(begin + 1);
  const bool odd = last.find('\\') != std::string_view::npos || tail.find('\\') != std::string_view::npos;
  return {0, odd || last.starts_with('~') ? adapter::offset_trust::forged : adapter::offset_trust::sound};
}

}  // namespace jackfield::srv
