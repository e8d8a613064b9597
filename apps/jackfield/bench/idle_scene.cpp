#include "idle_scene.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::bench {

namespace {

constexpr nanos rest_between = second;

}  // namespace

void idle_scene::begin(nanos when) {
  act hold;
  hold.name = "hold";
  hold.begin = when;
  hold.expected = hold.happened = crew().ready();
  acts_.push_back(std::move(hold));
  if (how().probe_rate > 0) probes_.emplace(when, how().probe_rate / how().threads, spacing::even, how().seed + parts_.thread);
  next_look_ = when + second;
}

nanos idle_scene::due() const {
  if (phase_ == phase::done) return never;
  return std::min({until_, next_look_, probes_ ? probes_->next() : never});
}

void idle_scene::tick(nanos when) {
  if (phase_ == phase::done) return;
  if (probes_ && probes_->next() <= when) probe(when);
  if (when >= next_look_) {
    next_look_ = when + second;
    messenger_.give_up(when);
  }
  if (phase_ == phase::hold || when < until_) return;
  if (phase_ != phase::resting) end_act(when);
  next_act(when);
}

peer* idle_scene::some_ready() noexcept {
  for (std::size_t tries = 0; tries < crew().size(); ++tries) {
    peer& p = crew().at(turn_++ % crew().size());
    if (p.ready()) return &p;
  }
  return nullptr;
}

void idle_scene::probe(nanos when) {
  const nanos meant = probes_->take();
  if (parts_.all.window.holds(meant)) counts().lateness.record(when - meant);
  if (peer* p = some_ready()) messenger_.echo(*p, meant);
}

void idle_scene::stop() {
  const nanos when = now();
  if (phase_ != phase::hold || acts_.empty()) {
    phase_ = phase::done;
    return;
  }
  end_act(when);
  next_act(when);
}

void idle_scene::end_act(nanos when) {
  acts_.back().end = when;
  phase_ = phase::resting;
  until_ = when + rest_between;
}

void idle_scene::next_act(nanos when) {
  if (casts_ < how().casts) return cast(when);
  if (how().kill_percent && !killed_) return kill(when);
  probes_.reset();
  phase_ = phase::done;
}

void idle_scene::cast(nanos when) {
  if (everybody_.places() == 0)
    for (std::size_t i = 0; i < crew().size(); ++i) everybody_.add_place();
  for (std::size_t i = 0; i < crew().size(); ++i)
    if (crew().at(i).ready()) everybody_.enter(i, messenger_.next());
  act a;
  a.name = "cast " + std::to_string(++casts_);
  a.begin = when;
  a.expected = everybody_.count();
  acts_.push_back(std::move(a));
  phase_ = phase::casting;
  until_ = when + to_nanos(how().patience);
  if (peer* p = some_ready()) messenger_.cast(*p, everybody_, when);
}

void idle_scene::kill(nanos when) {
  killed_ = true;
  act a;
  a.name = "kill " + std::to_string(how().kill_percent) + " %";
  a.begin = when;
  const std::size_t victims = crew().ready() * how().kill_percent / 100;
  for (std::size_t i = 0; i < crew().size() && a.happened < victims; ++i) {
    if (!crew().at(i).ready()) continue;
    crew().at(i).cut();
    if (everybody_.places()) everybody_.leave(i);
    messenger_.write_off(everybody_.places() ? &everybody_ : nullptr, static_cast<std::uint32_t>(i),
                         static_cast<std::uint32_t>(i));
    ++a.happened;
  }
  a.expected = victims;
  acts_.push_back(std::move(a));
  phase_ = phase::settling;
  until_ = when + to_nanos(how().settle);
}

void idle_scene::on_packet(peer& p, const packet& what, nanos when) {
  if (acts_.empty()) return;  // nothing was sent yet: it is somebody else's
  const bool copy = what.kind == packet::what::event && what.name == "cast" && casts_ > 0;
  if (!copy && what.kind != packet::what::ack) return;
  const auto c = messenger_.take(what, {p.index(), p.index(), &everybody_}, when, nullptr);
  if (c.what != arrival::expected && c.what != arrival::last) return;
  act& a = acts_.back();
  if (!copy) return a.probes.record(c.latency);
  ++a.happened;
  a.latency.record(c.latency);
  if (a.happened == a.expected) end_act(when);
}

void idle_scene::went(peer& p) {
  if (!acts_.empty()) ++acts_.back().lines_lost;
  const bool cast_to = everybody_.places() > 0;
  if (cast_to) everybody_.leave(p.index());
  messenger_.write_off(cast_to ? &everybody_ : nullptr, p.index(), p.index());
}

// Casts one after another, each with its pause; then the time behind the cut.
nanos idle_scene::grace() const {
  return static_cast<nanos>(how().casts) * (to_nanos(how().patience) + 2 * rest_between) + to_nanos(how().settle) +
         to_nanos(how().patience);
}

void idle_scene::finish() { messenger_.finish(nullptr); }

std::vector<act> idle_scene::take_acts() { return std::exchange(acts_, {}); }

}  // namespace jackfield::bench
