#include "outcome.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <cstdio>

namespace jackfield::bench {

namespace {

constexpr double near_the_end = 0.9;   // of a core
constexpr double full_machine = 0.97;  // of all cores
constexpr nanos little_delay = 200 * microsecond;

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.0f %%", 100 * share);
  return text;
}

std::string duration_text(nanos n) {
  char text[32];
  std::snprintf(text, sizeof text, n < millisecond ? "%.0f us" : "%.2f ms",
                static_cast<double>(n) / (n < millisecond ? 1e3 : 1e6));
  return text;
}

// A connection's own cost stands out of the noise of a process only when there are many.
constexpr std::size_t enough_connections = 100;

void judge_generator(const outcome& o, judgement& j) {
  const bool own_busy = o.own.busiest_thread >= near_the_end;
  const double server_share = o.server && o.window_seconds > 0 ? o.server->in_window.busiest_thread / o.window_seconds : 0;
  if (own_busy && server_share < near_the_end) {
    j.generator_bound = true;
    j.remarks.push_back("The load generator was the bottleneck: its thread was busy " + percent(o.own.busiest_thread) +
                        " of the time" + (o.server ? ", the server's busiest " + percent(server_share) : std::string()) +
                        ". The server can do more than this says; try --threads, or a lower load.");
  } else if (own_busy) {
    j.remarks.push_back("Both were at their end: the load generator's thread was busy " + percent(o.own.busiest_thread) +
                        " of the time, the server's " + percent(server_share) + ". Latencies hold queues on both sides.");
  }
}

void judge_lateness(const outcome& o, judgement& j) {
  if (o.counts.lateness.count() == 0) return;
  const nanos late = o.counts.lateness.percentile(0.99), seen = o.counts.latency.percentile(0.99);
  if (late < little_delay || late * 10 < seen) return;
  const bool mostly = late * 2 > seen;
  j.generator_bound |= mostly && late > millisecond;
  j.remarks.push_back("One send in a hundred left " + duration_text(late) +
                      " or more after its time: that part of the latency is this generator's" +
                      (mostly ? ", and it is most of it." : "."));
}

}  // namespace

std::string failures_text(const tally& t) {
  std::string text;
  for (std::size_t i = 0; i < troubles; ++i) {
    if (t.failures[i] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(name_of(static_cast<trouble>(i))) + " " + std::to_string(t.failures[i]);
    if (!t.words[i].empty()) text += " (" + base::escaped(t.words[i]) + ")";
  }
  return text.empty() ? "none" : text;
}

std::optional<double> outcome::cpu_us_per_delivery() const noexcept {
  if (!server || counts.delivered == 0) return std::nullopt;
  return 1e6 * server->in_window.cpu_seconds / static_cast<double>(counts.delivered);
}

std::optional<double> outcome::bytes_per_connection() const noexcept {
  if (!server || connected < enough_connections || server->rss_connected <= server->rss_before) return std::nullopt;
  return static_cast<double>(server->rss_connected - server->rss_before) / static_cast<double>(connected);
}

judgement judge_honesty(const outcome& o) {
  judgement j;
  if (!o.failure.empty()) j.remarks.push_back(o.failure);
  if (o.interrupted) j.remarks.push_back("Interrupted: the figures are of the part that was run.");
  judge_generator(o, j);
  judge_lateness(o, j);
  if (o.own.machine_busy >= full_machine && !j.generator_bound)
    j.remarks.push_back("All cores of this machine were busy (" + percent(o.own.machine_busy) +
                        "): server and load generator took time from each other.");
  if (o.counts.foreign)
    j.remarks.push_back(std::to_string(o.counts.foreign) +
                        " messages of somebody else's run came in: the server was not ours alone.");
  if (o.counts.latency.clamped()) j.remarks.push_back("Some latencies were longer than the histogram holds (73 minutes).");
  return j;
}

std::optional<double> outcome::cpu_us_per_connect() const noexcept {
  if (!server || connected < enough_connections || server->connect_cpu_seconds <= 0) return std::nullopt;
  return 1e6 * server->connect_cpu_seconds / static_cast<double>(connected);
}

double outcome::copies_per_message() const noexcept {
  const double per_room = static_cast<double>(connected) / how.rooms_or_usual();
  switch (how.what) {
    case scenario::cast: return static_cast<double>(connected);
    case scenario::room: return per_room;
    case scenario::chat: return chat_room_share * per_room + (1 - chat_room_share);
    default: return 1;
  }
}

namespace {

ramp_step step_of(const outcome& o) {
  ramp_step s;
  const histogram& h = o.counts.latency.count() ? o.counts.latency : o.counts.connect_time;
  s.p50_us = static_cast<double>(h.percentile(0.5)) / 1e3;
  s.p99_us = static_cast<double>(h.percentile(0.99)) / 1e3;
  s.errors = o.counts.errors() + (o.failure.empty() ? 0 : 1);
  s.generator_bound = judge_honesty(o).generator_bound;
  return s;
}

}  // namespace

ramp_step as_rate_step(const outcome& o) {
  ramp_step s = step_of(o);
  s.offered = o.how.rate;
  s.achieved = o.per_second() / std::max(1.0, o.copies_per_message());
  return s;
}

ramp_step as_connections_step(const outcome& o) {
  ramp_step s = step_of(o);
  s.offered = o.how.connections;
  s.achieved = static_cast<double>(o.still_there);
  return s;
}

}  // namespace jackfield::bench
