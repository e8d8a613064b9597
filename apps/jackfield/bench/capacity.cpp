#include "capacity.hpp"

#include "ramp.hpp"

#include <algorithm>
#include <cmath>

namespace jackfield::bench {

namespace {

constexpr double first_rate = 200;
constexpr double climbing = 1.6;
constexpr int halvings = 4;
constexpr double probes_per_second = 50;
constexpr std::uint64_t besides = 64;  // descriptors of a process that are no connection

load_point point_of(const outcome& o) {
  load_point p;
  p.sent_per_s = o.sent_per_second();
  p.delivered_per_s = o.per_second();
  p.p50_us = static_cast<double>(o.counts.latency.percentile(0.5)) / 1e3;
  p.p99_us = static_cast<double>(o.counts.latency.percentile(0.99)) / 1e3;
  p.cpu_us_per_delivery = o.cpu_us_per_delivery();
  if (o.server && o.window_seconds > 0) p.server_cpu_share = o.server->in_window.cpu_seconds / o.window_seconds;
  return p;
}

// The run behind the best step: of those that held, the one with the highest load.
const outcome* run_of(const search& s, const std::vector<outcome>& runs) {
  for (std::size_t i = s.steps.size(); s.best && i-- > 0;)
    if (s.steps[i].offered == s.best->offered && s.steps[i].p99_us == s.best->p99_us) return &runs[i];
  return nullptr;
}

std::string limit_of(const search& s) { return s.broke ? std::string(name_of(s.why)) : "end"; }

void find_messages(const capacity_plan& plan, scenario what, const std::atomic<bool>& interrupted, progress& line,
                   baseline& out) {
  const settings how = capacity_settings(plan, what);
  std::vector<outcome> runs;
  std::vector<std::string> labels;
  const ramp_plan rates{ramped::rate, std::min(first_rate, plan.highest_rate), plan.highest_rate, climbing, plan.bound_us,
                        halvings};
  const search found = climb_with_runs(how, rates, interrupted, line, runs, labels);
  message_capacity m;
  m.scenario = name_of(what);
  m.connections = how.connections;
  m.size = how.size;
  m.rooms = what == scenario::room || what == scenario::chat ? how.rooms_or_usual() : 0;
  m.limited_by = limit_of(found);
  if (const outcome* best = run_of(found, runs)) {
    m.most = point_of(*best);
    m.copies_per_message = best->copies_per_message();
    settings half = how;
    half.rate = best->how.rate / 2;
    line.prefix("[half of it] ");
    if (!interrupted) m.average = point_of(run(half, interrupted, line));
    line.prefix({});
  }
  out.messages.push_back(std::move(m));
}

// What neither process can have more of, whatever the server could do.
std::uint64_t descriptors_allow(const settings& base) {
  std::uint64_t most = raise_descriptor_limit(base.connections) - besides;
  for (const int pid : base.server_pids)
    if (const auto limit = descriptor_limit_of(pid)) most = std::min(most, limit - std::min(limit, besides));
  return most;
}

// From before the first step: a server keeps memory from one step to the next.
std::optional<double> bytes_each(const outcome& first, const outcome& best) {
  if (!first.server || !best.server || best.connected == 0) return std::nullopt;
  const auto before = first.server->rss_before, now = best.server->rss_connected;
  if (now <= before) return std::nullopt;
  return static_cast<double>(now - before) / static_cast<double>(best.connected);
}

void find_connections(const capacity_plan& plan, const std::atomic<bool>& interrupted, progress& line, baseline& out) {
  settings how = plan.base;
  how.what = scenario::idle;
  how.connections = plan.most_connections;
  how.probe_rate = probes_per_second;
  how.warmup = 0.5;
  how.seconds = plan.step_seconds;
  const std::uint64_t allowed = descriptors_allow(how);
  const auto most = static_cast<double>(std::min<std::uint64_t>(plan.most_connections, allowed));
  std::vector<outcome> runs;
  std::vector<std::string> labels;
  const ramp_plan numbers{ramped::connections, std::min(1000.0, most), most, 2, plan.bound_us, halvings};
  const search found = climb_with_runs(how, numbers, interrupted, line, runs, labels);
  connection_capacity c;
  c.limited_by = found.broke ? limit_of(found) : allowed < plan.most_connections ? "descriptors" : "end";
  if (const outcome* best = run_of(found, runs)) {
    c.most = best->still_there;
    c.probe_p99_us = static_cast<double>(best->counts.latency.percentile(0.99)) / 1e3;
    c.bytes_per_connection = bytes_each(runs.front(), *best);
    c.cpu_us_per_connect = best->cpu_us_per_connect();
  }
  out.connections = c;
}

}  // namespace

settings capacity_settings(const capacity_plan& plan, scenario what) {
  settings how = plan.base;
  how.what = what;
  how.line.by = what == scenario::poll ? road::polling : plan.base.line.by;
  how.connections = what == scenario::cast || what == scenario::room || what == scenario::chat ? 1000 : 100;
  how.senders = what == scenario::cast ? 10 : 0;
  how.spacing = spacing::poisson;
  how.warmup = 0.5;
  how.seconds = plan.step_seconds;
  return how;
}

void find_capacity(const capacity_plan& plan, const std::atomic<bool>& interrupted, progress& line, baseline& out) {
  // First, because the memory of what is done later stays with a server for a while.
  if (plan.connections && !interrupted) find_connections(plan, interrupted, line, out);
  for (const scenario what : plan.scenarios)
    if (!interrupted) find_messages(plan, what, interrupted, line, out);
}

}  // namespace jackfield::bench
