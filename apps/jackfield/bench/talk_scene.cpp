#include "talk_scene.hpp"

#include <algorithm>

namespace jackfield::bench {

namespace {

constexpr int sends_per_tick = 1000;  // then what came is read again
constexpr nanos look_every = second;

}  // namespace

talk_scene::talk_scene(const scene_parts& p) : scene(p), messenger_(p) {
  if (how().what == scenario::cast) rooms_.resize(1);
  if (in_rooms()) rooms_.resize(std::max(1u, share_of(how().rooms_or_usual(), p.thread, how().threads)));
  for (unsigned i = 0; i < rooms_.size(); ++i) names_.push_back(room_name(p.all.name, p.thread, i));
  const unsigned all = how().senders_or_usual();
  senders_ = how().what == scenario::cast ? std::min(all, p.connections) : share_of(all, p.thread, how().threads);
}

void talk_scene::prepare() {
  places_.resize(crew().size());
  if (rooms_.empty()) return;
  for (std::size_t i = 0; i < crew().size(); ++i) {
    auto& at = places_[i];
    at.room = static_cast<std::uint32_t>(i % rooms_.size());
    at.at = static_cast<std::uint32_t>(rooms_[at.room].add_place());
    if (!crew().at(i).ready()) continue;
    if (!in_rooms()) {
      rooms_[at.room].enter(at.at, 0);
      continue;
    }
    ++joins_missing_;
    messenger_.join(crew().at(i), names_[at.room]);
  }
}

void talk_scene::begin(nanos when) {
  next_look_ = when + look_every;
  if (!sends() || senders_ == 0) return;
  if (how().rate > 0) {
    const double share = how().what == scenario::cast ? 1 : static_cast<double>(senders_) / how().senders_or_usual();
    arrivals_.emplace(when, how().rate * share, how().spacing, how().seed + parts_.thread);
    return;
  }
  for (unsigned i = 0; i < senders_; ++i)
    for (unsigned n = 0; n < how().in_flight && crew().at(i).ready(); ++n) send(crew().at(i), now());
}

nanos talk_scene::due() const {
  if (stopped_ || !arrivals_) return next_look_ ? next_look_ : never;
  return std::min(next_look_, arrivals_->next());
}

void talk_scene::tick(nanos when) {
  for (int n = 0; !stopped_ && arrivals_ && n < sends_per_tick && arrivals_->next() <= when; ++n) {
    const nanos meant = arrivals_->take();
    if (parts_.all.window.holds(meant)) counts().lateness.record(when - meant);
    if (peer* from = next_sender()) send(*from, meant);
  }
  if (when < next_look_) return;
  next_look_ = when + look_every;
  messenger_.give_up(when);
}

void talk_scene::stop() {
  stopped_ = true;
  if (how().what == scenario::cast && parts_.thread == 0) parts_.all.casts_sent = messenger_.next();
}

peer* talk_scene::next_sender() noexcept {
  for (unsigned tries = 0; tries < senders_; ++tries) {
    peer& p = crew().at(turn_++ % senders_);
    if (p.ready()) return &p;
  }
  return nullptr;
}

void talk_scene::send(peer& from, nanos meant) {
  const place& at = places_[from.index()];
  switch (how().what) {
    case scenario::cast: return messenger_.cast(from, rooms_[0], meant);
    case scenario::room: return messenger_.room(from, names_[at.room], rooms_[at.room], meant);
    default: return messenger_.echo(from, meant);
  }
}

void talk_scene::on_packet(peer& p, const packet& what, nanos when) {
  if (p.index() >= places_.size()) return;  // nothing was sent yet: it is somebody else's
  if (messenger::is_join(what)) {
    const place& at = places_[p.index()];
    if (rooms_.empty() || rooms_[at.room].present(at.at)) return;
    rooms_[at.room].enter(at.at, messenger_.next());
    --joins_missing_;
    return;
  }
  if (what.kind != packet::what::ack && (what.kind != packet::what::event || what.name != name_of(how().what)))
    return;  // an application's own events are none of ours
  const place& at = places_[p.index()];
  const auto c = messenger_.take(what, {p.index(), at.at, rooms_.empty() ? nullptr : &rooms_[at.room]}, when, everybody());
  const bool came_back = c.what == arrival::expected || c.what == arrival::last;
  if (came_back && c.own && how().rate == 0 && !stopped_ && p.ready()) send(p, when);
}

void talk_scene::went(peer& p) {
  if (p.index() >= places_.size()) return;
  if (rooms_.empty()) return messenger_.write_off(nullptr, 0, p.index());
  const place& at = places_[p.index()];
  if (in_rooms() && !rooms_[at.room].present(at.at)) --joins_missing_;
  rooms_[at.room].leave(at.at);
  messenger_.write_off(&rooms_[at.room], at.at, p.index());
}

void talk_scene::finish() { messenger_.finish(everybody()); }

}  // namespace jackfield::bench
