#include "storm_scene.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::bench {

namespace {

constexpr nanos pause_between = second;        // between two rounds
constexpr nanos longest_round = 120 * second;  // who is not back then does not count
constexpr nanos first_pause = second, longest_pause = 5 * second;
constexpr double spread = 0.5;

}  // namespace

nanos client_pause(unsigned attempt, double draw) noexcept {
  const nanos base = std::min(longest_pause, first_pause << std::min(attempt, 10u));
  const nanos drawn = base + static_cast<nanos>((2 * draw - 1) * spread * static_cast<double>(base));
  return std::min(longest_pause, drawn);
}

void storm_scene::begin(nanos when) {
  tried_.resize(crew().size());
  next_round_ = when;
}

nanos storm_scene::due() const {
  if (quiet()) return never;
  if (!raging_) return next_round_;
  const nanos end = acts_.back().begin + longest_round;
  return attempts_.empty() ? end : std::min(end, attempts_.top().when);
}

void storm_scene::tick(nanos when) {
  if (quiet()) return;
  if (!raging_) {
    if (when >= next_round_) cut_all(when);
    return;
  }
  for (; !attempts_.empty() && attempts_.top().when <= when;) {
    peer& p = crew().at(attempts_.top().who);
    attempts_.pop();
    ++counts().attempts;
    parts_.pieces.sent(when);
    crew().open(p, when);
  }
  if (when >= acts_.back().begin + longest_round) end_round(when);
}

void storm_scene::cut_all(nanos when) {
  raging_ = true;
  act a;
  a.name = "round " + std::to_string(round_ + 1);
  a.begin = when;
  for (std::size_t i = 0; i < crew().size(); ++i) {
    if (!crew().at(i).ready()) continue;
    crew().at(i).cut();
    tried_[i] = 0;
    plan(crew().at(i), when);
    ++a.expected;
    ++counts().sent;
  }
  acts_.push_back(std::move(a));
  if (acts_.back().expected == 0) end_round(when);
}

void storm_scene::plan(peer& p, nanos since) {
  const double draw = std::uniform_real_distribution<double>(0, 1)(random_);
  const unsigned tried = tried_[p.index()]++;
  // Even those who come at once do not hammer after a failure.
  const nanos pause = how().backoff == backoff::client ? client_pause(tried, draw) : tried ? first_pause / 10 : 0;
  attempts_.push({since + pause, p.index()});
}

void storm_scene::came(peer& p, nanos when) {
  if (!raging_) return;
  act& a = acts_.back();
  ++a.happened;
  a.end = when;
  a.latency.record(when - a.begin);
  ++counts().delivered;
  counts().latency.record(when - a.begin);
  parts_.pieces.delivered(when, when - p.meant());
  if (a.happened == a.expected) end_round(when);
}

void storm_scene::went(peer& p) {
  if (raging_) plan(p, now());
}

void storm_scene::end_round(nanos when) {
  raging_ = false;
  attempts_ = {};
  acts_.back().end = when;
  ++round_;
  next_round_ = when + pause_between;
}

std::vector<act> storm_scene::take_acts() { return std::exchange(acts_, {}); }

}  // namespace jackfield::bench
