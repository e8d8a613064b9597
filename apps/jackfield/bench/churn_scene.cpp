#include "churn_scene.hpp"

#include <algorithm>

namespace jackfield::bench {

namespace {

constexpr nanos rest_after_failure = 100 * millisecond;

}  // namespace

void churn_scene::begin(nanos when) {
  for (std::size_t i = 0; i < crew().size(); ++i) free_.push_back(&crew().at(i));
  if (how().rate > 0)
    arrivals_.emplace(when, how().rate * parts_.connections / how().connections, how().spacing, how().seed + parts_.thread);
  tick(when);
}

nanos churn_scene::due() const {
  if (stopped_) return never;
  nanos next = resting_.empty() ? never : resting_.front().until;
  if (!free_.empty()) next = std::min(next, arrivals_ ? arrivals_->next() : nanos{0});
  return next;
}

void churn_scene::tick(nanos when) {
  for (; !resting_.empty() && resting_.front().until <= when; resting_.pop_front()) free_.push_back(resting_.front().who);
  while (!stopped_ && !free_.empty() && (!arrivals_ || arrivals_->next() <= when)) {
    peer& p = *free_.back();
    free_.pop_back();
    const nanos meant = arrivals_ ? arrivals_->take() : now();
    if (arrivals_ && parts_.all.window.holds(meant)) counts().lateness.record(when - meant);
    connect(p, meant);
  }
}

void churn_scene::connect(peer& p, nanos meant) {
  ++counts().attempts;
  if (parts_.all.window.holds(meant)) ++counts().sent;
  parts_.pieces.sent(meant);
  crew().open(p, meant);
}

void churn_scene::came(peer& p, nanos when) {
  const nanos latency = when - p.meant();
  if (parts_.all.window.holds(when)) ++counts().delivered;
  if (parts_.all.window.holds(p.meant())) counts().latency.record(latency);
  parts_.pieces.delivered(when, latency);
  p.hang_up();
  free_.push_back(&p);
}

void churn_scene::went(peer& p) { resting_.push_back({now() + rest_after_failure, &p}); }

}  // namespace jackfield::bench
