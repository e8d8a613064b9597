// proc: what /proc says about processes of this machine: who listens on a port, what a process has spent, what this machine is.
// Everything that cannot be read is nothing, never an error: the process may have ended. Any thread; some 50 us a read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::bench {

/// What some processes have spent so far, added up.
struct usage {
  double cpu_seconds = 0;       // of all threads, also ended ones
  double busiest_thread = 0;    // seconds of the thread that has spent most; with before(): of the one that spent most between
  std::uint64_t rss_bytes = 0;  // in memory now
  std::vector<std::pair<int, double>> threads;  // by id, with their seconds
};

/// Nothing when none of them can be read.
std::optional<usage> usage_of(const std::vector<int>& pids);
/// From `before` to `after`: differences of the seconds; the rest is that of `after`.
usage between(const usage& before, const usage& after);

/// Processes that hold a listening TCP socket on that port; those of other users are not seen without privileges.
std::vector<int> listeners_on(std::uint16_t port);
/// How many descriptors a process may open; 0 when that cannot be read.
std::uint64_t descriptor_limit_of(int pid);
/// The name of a process, as the kernel has it; empty when it has ended.
std::string process_name(int pid);

/// Of all cores together, since the machine started.
struct machine_time {
  double busy_seconds = 0, all_seconds = 0;
};
machine_time machine_time_now();

struct machine {
  std::string cpu;     // model
  unsigned cores = 0;  // that this process may use
  std::uint64_t memory_bytes = 0;
  std::string kernel;  // name, release, architecture
};
machine this_machine();

/// Seconds that the calling thread has spent on a core.
double own_thread_seconds() noexcept;

// The pure halves, for tests.
/// utime and stime in ticks out of /proc/PID/stat, whose second field is a name in parentheses that may hold anything.
std::optional<std::uint64_t> ticks_in_stat(std::string_view stat);
/// Inodes of listening sockets on `port` out of /proc/net/tcp or tcp6.
std::vector<std::uint64_t> listening_inodes(std::string_view table, std::uint16_t port);

}  // namespace jackfield::bench
