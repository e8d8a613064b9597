#include "knee.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace jackfield::bench {

namespace {

constexpr double enough = 0.95;  // of what was offered

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, v < 10 ? "%.2f" : v < 100 ? "%.1f" : "%.0f", v);
  return text;
}

std::string millis(double us) { return number(us / 1000) + " ms"; }

std::string what_broke(const ramp_step& s, verdict why, double bound_us, std::string_view unit) {
  const std::string at = "at " + number(s.offered) + " " + std::string(unit) + " ";
  switch (why) {
    case verdict::latency: return at + "p99 was " + millis(s.p99_us) + ", above the bound of " + millis(bound_us);
    case verdict::throughput: return at + "only " + number(s.achieved) + " were achieved (less than 95 %)";
    case verdict::errors: return at + std::to_string(s.errors) + " things failed, were lost or came twice";
    case verdict::generator_bound: return at + "the load generator itself was at its end, so the server's limit is higher";
    case verdict::held: break;
  }
  return {};
}

double scaled(double v, double low, double high) { return (std::log(v) - std::log(low)) / (std::log(high) - std::log(low)); }

}  // namespace

std::string_view name_of(verdict v) noexcept {
  switch (v) {
    case verdict::held: return "held";
    case verdict::latency: return "latency";
    case verdict::throughput: return "throughput";
    case verdict::errors: return "errors";
    case verdict::generator_bound: return "generator";
  }
  return "";
}

verdict judge(const ramp_step& s, double bound_us) noexcept {
  const bool slow = s.p99_us > bound_us, short_of = s.achieved < enough * s.offered;
  if (s.errors) return verdict::errors;
  if (s.generator_bound && (slow || short_of)) return verdict::generator_bound;
  if (short_of) return verdict::throughput;
  return slow ? verdict::latency : verdict::held;
}

std::optional<std::size_t> find_bend(const std::vector<ramp_step>& steps) {
  if (steps.size() < 4) return std::nullopt;
  const ramp_step &first = steps.front(), &last = steps.back();
  if (first.offered <= 0 || first.p99_us <= 0 || last.offered <= first.offered || last.p99_us < 2 * first.p99_us)
    return std::nullopt;
  std::optional<std::size_t> bend;
  double farthest = 0.1;
  for (std::size_t i = 1; i + 1 < steps.size(); ++i) {
    if (steps[i].p99_us <= 0) continue;
    const double below =
        scaled(steps[i].offered, first.offered, last.offered) - scaled(steps[i].p99_us, first.p99_us, last.p99_us);
    if (below > farthest) {
      farthest = below;
      bend = i;
    }
  }
  return bend;
}

knee_reading read_ramp(const std::vector<ramp_step>& steps, double bound_us, std::string_view unit) {
  knee_reading r;
  for (std::size_t i = 0; i < steps.size() && !r.first_broken; ++i) {
    r.why = judge(steps[i], bound_us);
    if (r.why == verdict::held)
      r.last_held = i;
    else
      r.first_broken = i;
  }
  r.bend = find_bend(steps);
  if (steps.empty()) {
    r.explanation = "No step was measured.";
    return r;
  }
  const std::string named(unit);
  r.explanation = r.last_held ? "Held up to " + number(steps[*r.last_held].offered) + " " + named + " (p99 " +
                                    millis(steps[*r.last_held].p99_us) + ")"
                              : "Not even the first step held";
  r.explanation += r.first_broken ? "; " + what_broke(steps[*r.first_broken], r.why, bound_us, unit) + "."
                                  : "; no step broke, so the limit is higher than this ramp went.";
  if (r.bend)
    r.explanation +=
        " The latency bends at " + number(steps[*r.bend].offered) + " " + named + ": from there p99 rises faster than the load.";
  return r;
}

}  // namespace jackfield::bench
