// A client that comes back to another worker than it left. Its new one asks all of them whether they know it, and how far each of
// them has come with sending (the frontier); then it asks the one that does for what the client missed up to there. What was sent
// since is in the log here: letters of one worker to another keep their order, so that whatever a worker had sent when it
// answered is at the old worker before that one is asked, and whatever it sent later comes here behind its answer.
#include "base/host.hpp"
#include "server/connection.hpp"
#include "server/crew.hpp"
#include "server/nsp.hpp"
#include "server/realm.hpp"
#include "server/recovery.hpp"
#include "server/recovery_cargo.hpp"
#include "server/shard.hpp"
#include "server/socket.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace jackfield::srv {

/// What the other workers know of a client.
struct recovery::whereabouts {
  frontier upto;
  shard* of = nullptr;     // null: nobody knows it
  bool under_way = false;  // it was handed out just now
};

namespace {
/// A client that was cut again while its state is on its way from one worker to another: by the second question it has
/// arrived there, by the third it is back, if the client did not wait; and each more of its connections that wants it may
/// take it elsewhere once.
constexpr int most_questions = 8;
constexpr std::chrono::seconds longest_way{2};
}  // namespace

/// What the worker that has it hands out.
struct recovery::luggage {
  claim client;
  int asked = 0;                                         // questions before this one
  std::unique_ptr<recovery_report> report{};             // null: nobody looked
  std::unique_ptr<recoverable::return_ticket> ticket{};  // null: nothing that would do
  bool under_way = false;                                // another connection of the client gets it just now
  bool outdated = false;                                 // a newer one has it
  frontier upto;
  std::uint64_t since = 0;  // the last packet here when the others were asked
  shard* from = nullptr;
};

void recovery::ask_others(socket& s, claim c, int asked) {
  const auto ask = [pid = c.pid](nsp& part, auto share) {
    auto* r = part.recovery();
    if (r->over()) return;  // the share is lost
    share.add([&](whereabouts& all) {
      auto& here = part.home();
      all.upto.resize(here.of_server().size());
      all.upto[here.number()] = r->store_->last();
      if (r->has(pid)) all.of = &here;
      all.under_way |= r->lent_.contains(pid);
    });
    share.done();
  };
  auto answered = [self = base::ref<nsp>(&nsp_), who = base::ref<socket>(&s), c, asked, since = store_->last()](
                      whereabouts&& all, gathered how) mutable {
    auto* r = self->recovery();
    if (r->over()) return;
    luggage l{.client = std::move(c), .asked = asked, .upto = std::move(all.upto), .since = since, .from = all.of};
    l.under_way = all.of == nullptr && all.under_way;
    if (all.of == nullptr || how == gathered::some) return r->arrive(*who, std::move(l));
    all.of->host().post([whole = base::ref<realm>(&self->whole()), to = &self->home(), who, held = std::move(l)]() mutable {
      nsp* n = whole->part(*held.from);
      if (n != nullptr && !n->recovery()->over()) n->recovery()->hand_out(std::move(held), *to, who);
    });
  };
  nsp_.whole().ask<whereabouts>(ask, std::move(answered), telling::by_letter);  // the client has no place for the socket yet
}

/// On the worker that has it.
void recovery::hand_out(luggage l, shard& to, const base::ref<socket>& s) {
  l.outdated = last_claim(l.client.pid) > l.client.number;
  if (!l.outdated) pack(l, to);
  if (over()) return;
  to.host().post([whole = base::ref<realm>(&nsp_.whole()), to = &to, s, held = std::move(l)]() mutable {
    nsp* n = whole->part(*to);
    if (n != nullptr && !n->recovery()->over()) n->recovery()->arrive(*s, std::move(held));
  });
}

void recovery::pack(luggage& l, shard& to) {
  const auto& c = l.client;
  supersede(c.pid, nullptr);
  l.report = std::make_unique<recovery_report>();
  if (over()) return;
  auto ticket = find(c, *l.report);
  l.under_way = !ticket && l.report->cause == recovery_cause::unknown_session && lent_.contains(c.pid);
  if (!ticket) return;
  // What a worker has sent behind its answer the client's new worker has, too.
  std::erase_if(ticket->missed, [&](const adapter::kept_packet& p) {
    const auto from = store_->origin_of(p.mark);
    return p.reach == adapter::reach::all_workers && from.number > l.upto[from.worker];
  });
  if (auto* kept = static_cast<recovery_cargo*>(ticket->session->cargo.get()); kept != nullptr && kept->once)
    kept->once->move_to(to.host());
  l.ticket = std::move(ticket);
  lend(c.pid);
}

void recovery::lend(const std::string& pid) {
  const auto now = nsp_.home().host().timers().now();
  for (; !lent_since_.empty() && lent_since_.front().first + longest_way < now; lent_since_.pop_front())
    lent_.erase(lent_since_.front().second);
  if (lent_.insert(pid).second) lent_since_.emplace_back(now, pid);
}

/// The search is over, with or without something.
void recovery::arrive(socket& s, luggage l) {
  if (s.state() != sio::life::connecting || s.session() == nullptr) return send_back(l);
  if (l.outdated) return s.session()->discard(engine::close_reason::transport_close);
  if (l.under_way && l.asked + 1 < most_questions) return ask_others(s, std::move(l.client), l.asked + 1);
  if (!l.report) {
    l.report = std::make_unique<recovery_report>();
    l.report->cause = recovery_cause::unknown_session;
  }
  if (l.ticket && unpack(l)) take_place(s, std::move(l.ticket), l.client.number);
  s.recovery_state()->report = std::move(l.report);
  s.client().go_on(s);
}

/// Makes it one of here: with the packets that only this worker has, and its numbers. False: some of them have gone.
bool recovery::unpack(luggage& l) {
  auto& t = *l.ticket;
  auto& known = *t.session;
  if (l.since < store_->first() - 1) {
    l.report->outcome = recovery_outcome::partial;
    l.report->cause = recovery_cause::packets_dropped;
    l.report->lost_events = t.missed.size() + store_->last() - l.since;
    return false;
  }
  auto rooms = known.rooms;
  rooms.push_back(known.sid);
  std::vector<adapter::kept_packet> here;
  store_->missed(l.since, adapter::membership(rooms, {}, l.since), here);
  std::copy_if(here.begin(), here.end(), std::back_inserter(t.missed), [&](const adapter::kept_packet& p) {
    const auto from = store_->origin_of(p.mark);
    return p.reach == adapter::reach::here || from.number > l.upto[from.worker];
  });
  l.report->missed_events = t.missed.size();
  t.upto = known.since = known.last = known.until = store_->last();
  known.last_mark = 0;
  known.changes.clear();
  known.hole = {};
  known.replayed = std::make_unique<adapter::replay>();
  if (const auto& offset = l.client.offset) known.replayed->before = store_->read_offset(*offset).mark;
  known.replayed->packets = t.missed;
  return true;
}

/// Its client has gone again: as if nobody had come.
void recovery::send_back(luggage& l) {
  if (!l.ticket || l.from == nullptr) return;
  auto session = std::move(l.ticket->session);
  if (auto* kept = static_cast<recovery_cargo*>(session->cargo.get()); kept != nullptr && kept->once)
    kept->once->move_to(l.from->host());
  l.from->host().post([whole = base::ref<realm>(&nsp_.whole()), from = l.from, kept = std::move(session)]() mutable {
    nsp* n = whole->part(*from);
    if (n != nullptr && !n->recovery()->over()) n->recovery()->store_->save(std::move(kept));
  });
}

// --- what a client was sent when it came is kept until it is known to have it, or to be dead

void recovery::remember_replay(socket& s) {
  const auto& o = nsp_.home().options();
  auto& timers = nsp_.home().host().timers();
  replays_.emplace_back(timers.now() + o.ping_interval + o.ping_timeout, base::ref<socket>(&s));
  if (!replay_timer_.armed()) timers.arm(replay_timer_, o.ping_interval + o.ping_timeout);
}

void recovery::forget_replays() {
  auto& timers = nsp_.home().host().timers();
  for (; !replays_.empty() && replays_.front().first <= timers.now(); replays_.pop_front())
    replays_.front().second->recovery_state()->replayed.reset();
  if (!replays_.empty()) timers.arm(replay_timer_, replays_.front().first - timers.now());
}

}  // namespace jackfield::srv
