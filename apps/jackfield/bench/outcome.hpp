// outcome: all that one run came to, ready to be judged and reported. Values; any thread.
#pragma once

#include "knee.hpp"
#include "proc.hpp"
#include "scene.hpp"
#include "settings.hpp"
#include "tally.hpp"
#include "timeline.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::bench {

/// What the server's processes were at one moment.
struct server_sample {
  nanos at = 0;  // since the run began
  double cpu_seconds = 0;
  std::uint64_t rss_bytes = 0;
};

/// What the server spent; only when its processes are on this machine and may be read.
struct server_usage {
  usage in_window;                  // cpu_seconds and busiest_thread: of the window
  std::uint64_t rss_before = 0;     // before anybody connected
  std::uint64_t rss_connected = 0;  // when everybody was there
  std::uint64_t rss_peak = 0;       // of the samples
  double connect_cpu_seconds = 0;   // while everybody came
  std::uint64_t rss_after = 0;      // at the end, everybody still there but those that were cut
};

/// What the load generator itself was, in the window.
struct own_usage {
  double busiest_thread = 0;  // share of a core, 0 to 1
  double machine_busy = 0;    // share of all cores, by anybody
};

struct outcome {
  settings how;
  tally counts;
  std::vector<timeline::piece> pieces;
  nanos piece_length = 0;
  std::vector<act> acts;
  std::size_t connected = 0;    // clients in their namespace when everybody had come or failed
  std::size_t still_there = 0;  // at the end
  double connect_seconds = 0;
  double window_seconds = 0;
  std::optional<server_usage> server;
  std::vector<server_sample> samples;
  own_usage own;
  bool interrupted = false;
  std::string failure;  // why the run ended before it measured anything; empty: it did not

  double per_second() const noexcept { return window_seconds > 0 ? static_cast<double>(counts.delivered) / window_seconds : 0; }
  double sent_per_second() const noexcept { return window_seconds > 0 ? static_cast<double>(counts.sent) / window_seconds : 0; }
  /// Of the server's CPU, per copy or answer delivered (churn, storm: per connect). Nothing when it is not known.
  std::optional<double> cpu_us_per_delivery() const noexcept;
  /// The same per connect, while everybody came.
  std::optional<double> cpu_us_per_connect() const noexcept;
  /// How many copies one message of this scenario is meant to make, on average.
  double copies_per_message() const noexcept;
  /// Memory that the connections brought, each. Nothing when it is not known.
  std::optional<double> bytes_per_connection() const noexcept;
};

/// "refused 12 (Connection refused), closed 3", or "none".
std::string failures_text(const tally& t);

/// How honest the figures are.
struct judgement {
  bool generator_bound = false;      // the load generator was the limit: the server was not measured
  std::vector<std::string> remarks;  // for people: each a sentence
};
judgement judge_honesty(const outcome& o);

/// As a step of a ramp of rates, or of connections: what was asked for and what came of it. Its latency is that of the messages;
/// if there were none, of the connecting.
ramp_step as_rate_step(const outcome& o);
ramp_step as_connections_step(const outcome& o);

}  // namespace jackfield::bench
