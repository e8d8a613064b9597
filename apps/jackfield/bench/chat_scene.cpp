#include "chat_scene.hpp"

#include <algorithm>

namespace jackfield::bench {

namespace {

constexpr int acts_per_tick = 1000;
constexpr int tries_for_somebody = 16;

}  // namespace

chat_scene::chat_scene(const scene_parts& p) : scene(p), messenger_(p), random_(p.how.seed + p.thread) {
  rooms_.resize(std::max(1u, share_of(how().rooms_or_usual(), p.thread, how().threads)));
  for (unsigned i = 0; i < rooms_.size(); ++i) names_.push_back(room_name(p.all.name, p.thread, i));
}

void chat_scene::prepare() {
  people_.resize(crew().size());
  for (std::size_t i = 0; i < people_.size(); ++i) {
    people_[i].room = static_cast<std::uint32_t>(i % rooms_.size());
    people_[i].place = static_cast<std::uint32_t>(rooms_[people_[i].room].add_place());
    if (crew().at(i).ready())
      messenger_.join(crew().at(i), names_[people_[i].room]);
    else
      ++gone_;
  }
}

void chat_scene::begin(nanos when) {
  arrivals_.emplace(when, how().rate * parts_.connections / how().connections, spacing::poisson, how().seed + parts_.thread);
  next_look_ = when + second;
}

nanos chat_scene::due() const { return stopped_ || !arrivals_ ? next_look_ : std::min(next_look_, arrivals_->next()); }

void chat_scene::tick(nanos when) {
  for (int n = 0; !stopped_ && arrivals_ && n < acts_per_tick && arrivals_->next() <= when; ++n) {
    const nanos meant = arrivals_->take();
    if (parts_.all.window.holds(meant)) counts().lateness.record(when - meant);
    act_once(meant);
  }
  if (when < next_look_) return;
  next_look_ = when + second;
  messenger_.give_up(when);
}

peer* chat_scene::somebody(who_may what) {
  for (int tries = 0; tries < tries_for_somebody; ++tries) {
    const std::size_t i = random_() % people_.size();
    if (people_[i].inside && (what == who_may::speak || people_[i].under_way == 0)) return &crew().at(i);
  }
  return nullptr;
}

void chat_scene::act_once(nanos meant) {
  const double draw = std::uniform_real_distribution<double>(0, 1)(random_);
  const bool leaves = draw >= chat_room_share + chat_request_share;
  peer* p = somebody(leaves ? who_may::leave : who_may::speak);
  if (!p) return;
  person& who = people_[p->index()];
  if (!leaves) {
    ++who.under_way;
    if (draw < chat_room_share) return messenger_.room(*p, names_[who.room], rooms_[who.room], meant);
    return messenger_.echo(*p, meant);
  }
  leave(*p);
  who.left = meant;
  ++counts().attempts;
  if (parts_.all.window.holds(meant)) ++counts().sent;
  parts_.pieces.sent(meant);
  crew().open(*p, meant);
}

void chat_scene::leave(peer& p) {
  person& who = people_[p.index()];
  if (who.inside) --inside_;
  who.inside = false;
  rooms_[who.room].leave(who.place);
  messenger_.write_off(&rooms_[who.room], who.place, p.index());
  p.hang_up();
}

void chat_scene::came(peer& p, nanos) {
  if (!people_.empty()) messenger_.join(p, names_[people_[p.index()].room]);
}

void chat_scene::went(peer& p) {
  if (people_.empty()) return;
  leave(p);
  ++gone_;
}

void chat_scene::entered(peer& p, nanos when) {
  person& who = people_[p.index()];
  if (who.inside) return;
  who.inside = true;
  ++inside_;
  rooms_[who.room].enter(who.place, messenger_.next());
  if (who.left == 0) return;
  if (parts_.all.window.holds(when)) ++counts().delivered;
  if (parts_.all.window.holds(who.left)) counts().latency.record(when - who.left);
  parts_.pieces.delivered(when, when - who.left);
}

void chat_scene::on_packet(peer& p, const packet& what, nanos when) {
  if (people_.empty()) return;
  if (messenger::is_join(what)) return entered(p, when);
  if (what.kind != packet::what::ack && (what.kind != packet::what::event || what.name != "room")) return;
  person& who = people_[p.index()];
  const auto c = messenger_.take(what, {p.index(), who.place, &rooms_[who.room]}, when, nullptr);
  if (c.own && (c.what == arrival::expected || c.what == arrival::last) && who.under_way) --who.under_way;
}

}  // namespace jackfield::bench
