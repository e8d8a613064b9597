// report: what is written about one invocation: as text for a terminal, as JSON for programs, as an HTML page that needs nothing
// but itself. The JSON's format is described in docs/guides/bench.md. Pure; any thread.
#pragma once

#include "knee.hpp"
#include "outcome.hpp"

#include <jackfield/value.hpp>

#include <string>
#include <vector>

namespace jackfield::bench {

/// A ramp: its steps, each a run, and what they say.
struct ramp {
  std::string unit;  // "messages/s" or "connections"
  double bound_us = 0;
  std::vector<ramp_step> steps;
  knee_reading reading;
};

struct report {
  std::string version;              // of this program
  std::string made;                 // when, ISO 8601 UTC
  std::string server_name;          // what listens there, if it is on this machine
  bool own_server = false;          // started for this run
  machine where;                    // the load generator's
  std::vector<outcome> runs;        // one, or a ramp's steps
  std::vector<std::string> labels;  // of the runs
  std::optional<ramp> climbed;
};

std::string to_text(const report& r);
value to_value(const report& r);
/// `v` as JSON text with an end of line.
std::string json_text(const value& v);
std::string to_html(const report& r);

/// Text that may stand in HTML, also within quotes: & < > " ' and control characters made harmless.
std::string html_escaped(std::string_view text);
/// A value of the machine's kind as it stands in reports and baselines.
value to_value(const machine& m);

/// 1,234,567 and 12.3 and 0.00123: as many digits as tell something.
std::string figure(double v);
std::string figure(std::uint64_t v);
/// 12.3 us, 4.56 ms, 1.20 s.
std::string duration_text(nanos n);
/// 1.5 KiB, 12 MiB.
std::string bytes_text(double bytes);
/// Seconds since 1970 as 2026-11-25T20:00:00Z.
std::string iso_time(std::int64_t seconds);

}  // namespace jackfield::bench
