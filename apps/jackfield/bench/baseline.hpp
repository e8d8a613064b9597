// baseline: what a server can do on a machine, as `jackfield bench capacity` writes it and later runs are compared with. The
// file's format, "jackfield-capacity/1", is described in docs/guides/bench.md. Pure; any thread.
#pragma once

#include "proc.hpp"

#include <jackfield/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::bench {

/// What was measured at one load.
struct load_point {
  double sent_per_s = 0;       // messages
  double delivered_per_s = 0;  // copies and answers
  double p50_us = 0, p99_us = 0;
  std::optional<double> cpu_us_per_delivery;
  std::optional<double> server_cpu_share;  // of a core
};

/// The most messages of one scenario.
struct message_capacity {
  std::string scenario;
  unsigned connections = 0, size = 0, rooms = 0;
  double copies_per_message = 1;
  load_point most;         // the highest load that held
  load_point average;      // at half of that
  std::string limited_by;  // latency, throughput, errors, generator, or end: of the range that was tried
};

struct connection_capacity {
  std::uint64_t most = 0;   // the highest number that held
  std::string limited_by;   // as above, or descriptors: of the server or the load generator
  double probe_p99_us = 0;  // of an echo beside so many
  std::optional<double> bytes_per_connection;
  std::optional<double> cpu_us_per_connect;
};

struct baseline {
  std::string version, made, url, server_name;
  machine where;
  bool own_server = false;
  double bound_us = 50'000;
  std::optional<connection_capacity> connections;
  std::vector<message_capacity> messages;
};

value to_value(const baseline& b);
/// Nothing when it is no such file; `why` then says what is wrong with it.
std::optional<baseline> read_baseline(std::string_view json, std::string& why);

/// One figure of two baselines.
struct change {
  std::string what;
  double before = 0, now = 0;
  enum class kind : std::uint8_t { same, better, worse } verdict = kind::same;
};
struct comparison {
  std::vector<change> changes;
  std::vector<std::string> remarks;  // what makes the two hard to compare, and what is missing in one
  bool regressed() const noexcept;
};
/// More than `tolerance` (a share) in the bad direction is worse. A figure that the generator limited, in either, is not judged.
comparison compare(const baseline& before, const baseline& now, double tolerance);
std::string to_text(const comparison& c, double tolerance);
std::string to_text(const baseline& b);

}  // namespace jackfield::bench
