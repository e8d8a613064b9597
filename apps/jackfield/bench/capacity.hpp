// capacity: how many connections, and how many messages a second of each scenario, a server takes with p99 within a bound. Real
// runs, one after another, on the calling thread; minutes in all.
#pragma once

#include "baseline.hpp"
#include "outcome.hpp"
#include "progress.hpp"

#include <atomic>
#include <vector>

namespace jackfield::bench {

struct capacity_plan {
  settings base;                    // the target and how to talk to it
  std::vector<scenario> scenarios;  // of messages: echo, poll, cast, room, chat
  bool connections = true;          // look for the most connections too
  unsigned most_connections = 20'000;
  double highest_rate = 5'000'000;  // messages a second that are tried at most
  double bound_us = 50'000;
  double step_seconds = 2;
};

/// Fills in `connections` and `messages` of the baseline. Interrupted, it has what was found until then.
void find_capacity(const capacity_plan& plan, const std::atomic<bool>& interrupted, progress& line, baseline& out);

/// The settings with which a scenario's capacity is measured: those of the ruler.
settings capacity_settings(const capacity_plan& plan, scenario what);

}  // namespace jackfield::bench
