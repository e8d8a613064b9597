// ramp: the same scenario again and again, each time with more load, until a step does not hold. Also the search for the most
// that holds, which halves the gap between what held and what broke. Both on the calling thread.
#pragma once

#include "report.hpp"
#include "work.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::bench {

enum class ramped : std::uint8_t { rate, connections };

struct ramp_plan {
  ramped what = ramped::rate;
  double from = 1000, to = 1'000'000;
  double factor = 1.5;       // from one step to the next
  double bound_us = 50'000;  // of p99
  int halvings = 0;          // behind the first step that broke: how often the gap to the last that held is halved
};

/// One step at a load: in programs a run, in tests a curve.
using step_function = std::function<ramp_step(double load)>;

struct search {
  std::vector<ramp_step> steps;    // as they were tried
  std::optional<ramp_step> best;   // the most that held
  std::optional<ramp_step> broke;  // the least that did not
  verdict why = verdict::held;     // of broke
};
/// Climbs from `from` to `to`, then halves. A step that breaks is tried once more before it counts: one hiccup of the machine is
/// no limit. Ends early when `stop` says so. Pure but for what the step does.
search climb(const ramp_plan& plan, const step_function& step, const std::function<bool()>& stop);

/// Climbs with real runs. Adds them, with labels, to `runs` and `labels`.
search climb_with_runs(const settings& base, const ramp_plan& plan, const std::atomic<bool>& interrupted, progress& line,
                       std::vector<outcome>& runs, std::vector<std::string>& labels);

/// As it stands in a report: steps in order of load.
ramp as_ramp(const search& s, const ramp_plan& plan);

}  // namespace jackfield::bench
