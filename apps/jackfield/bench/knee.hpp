// knee: reads a ramp. Which step still held the bound, which one broke it and why, and where the latency bends.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::bench {

/// What one step of a ramp came to.
struct ramp_step {
  double offered = 0;   // what was asked for: messages a second, or connections
  double achieved = 0;  // what came of it, in the same unit
  double p50_us = 0, p99_us = 0;
  std::uint64_t errors = 0;      // failed connections, lost and doubled messages, protocol errors
  bool generator_bound = false;  // the load generator itself was at its end: the step says nothing about the server
};

enum class verdict : std::uint8_t {
  held,             // within the bound, without errors, and what was offered was achieved
  latency,          // p99 above the bound
  throughput,       // less than 95 % of what was offered was achieved
  errors,           // something failed, was lost or came twice
  generator_bound,  // nothing can be said
};
std::string_view name_of(verdict v) noexcept;

/// The first of these that is so: errors, generator_bound where it is slow or short, throughput, latency; else held.
verdict judge(const ramp_step& step, double bound_us) noexcept;

struct knee_reading {
  std::optional<std::size_t> last_held;     // index of the highest step before the first that did not hold
  std::optional<std::size_t> first_broken;  // index of the first that did not hold
  verdict why = verdict::held;              // of first_broken
  std::optional<std::size_t> bend;          // index of the step from which latency rises faster than load
  std::string explanation;                  // for people, one or two sentences
};

/// `steps` in order of `offered`. `unit`: "messages/s" or "connections", for the explanation.
knee_reading read_ramp(const std::vector<ramp_step>& steps, double bound_us, std::string_view unit);

/// The step farthest below the straight line between the first and the last step, in logarithms of load and p99, each scaled to
/// 0…1 (Kneedle). Nothing with fewer than four steps, or when none is a tenth below it, or when the latency did not rise to
/// twice.
std::optional<std::size_t> find_bend(const std::vector<ramp_step>& steps);

}  // namespace jackfield::bench
