#include "ramp.hpp"

#include <algorithm>
#include <cmath>

namespace jackfield::bench {

namespace {

constexpr double close_enough = 1.03;  // between what held and what broke

class climber {
 public:
  climber(const ramp_plan& plan, const step_function& step, const std::function<bool()>& stop)
      : plan_(plan), step_(step), stop_(stop) {}

  // True: it held.
  bool try_at(double load) {
    for (int chance = 0; chance < 2; ++chance) {
      const ramp_step s = step_(load);
      if (stop_()) return false;
      found.steps.push_back(s);
      const verdict v = judge(s, plan_.bound_us);
      if (v == verdict::held) {
        found.best = s;
        return true;
      }
      found.broke = s;
      found.why = v;
    }
    return false;
  }

  search found;

 private:
  const ramp_plan& plan_;
  const step_function& step_;
  const std::function<bool()>& stop_;
};

std::string unit_of(ramped what) { return what == ramped::rate ? "messages/s" : "connections"; }

}  // namespace

search climb(const ramp_plan& plan, const step_function& step, const std::function<bool()>& stop) {
  climber c(plan, step, stop);
  for (double load = plan.from; !stop(); load = std::min(plan.to, load * plan.factor)) {
    if (!c.try_at(load)) break;
    c.found.broke.reset();  // the second chance was taken
    c.found.why = verdict::held;
    if (load >= plan.to) return std::move(c.found);
  }
  for (int i = 0; i < plan.halvings && c.found.best && c.found.broke && !stop(); ++i) {
    const ramp_step broke = *c.found.broke;
    const verdict why = c.found.why;
    if (broke.offered < c.found.best->offered * close_enough) break;
    if (c.try_at(std::sqrt(c.found.best->offered * broke.offered))) {
      c.found.broke = broke;
      c.found.why = why;
    }
  }
  return std::move(c.found);
}

search climb_with_runs(const settings& base, const ramp_plan& plan, const std::atomic<bool>& interrupted, progress& line,
                       std::vector<outcome>& runs, std::vector<std::string>& labels) {
  const auto step = [&](double load) {
    settings how = base;
    if (plan.what == ramped::rate)
      how.rate = load;
    else
      how.connections = static_cast<unsigned>(load);
    const std::string label = figure(std::floor(load)) + " " + unit_of(plan.what);
    line.prefix("[" + label + "] ");
    runs.push_back(run(how, interrupted, line));
    labels.push_back(label);
    return plan.what == ramped::rate ? as_rate_step(runs.back()) : as_connections_step(runs.back());
  };
  search s = climb(plan, step, [&interrupted] { return interrupted.load(); });
  line.prefix({});
  return s;
}

ramp as_ramp(const search& s, const ramp_plan& plan) {
  ramp r;
  r.unit = unit_of(plan.what);
  r.bound_us = plan.bound_us;
  for (const ramp_step& step : s.steps) {  // of two tries at one load the second counts
    if (!r.steps.empty() && r.steps.back().offered == step.offered) r.steps.pop_back();
    r.steps.push_back(step);
  }
  std::stable_sort(r.steps.begin(), r.steps.end(), [](const auto& a, const auto& b) { return a.offered < b.offered; });
  r.reading = read_ramp(r.steps, plan.bound_us, r.unit);
  return r;
}

}  // namespace jackfield::bench
