// tally: what one thread of a run counted. Those of several threads are added up. Values; one thread at a time.
#pragma once

#include "histogram.hpp"
#include "ledger.hpp"
#include "trouble.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace jackfield::bench {

/// From here to there it counts: behind the warm-up, before the end. Nothing does while both are 0.
struct window {
  nanos begin = 0, end = 0;
  bool holds(nanos when) const noexcept { return when >= begin && when < end; }
};

struct tally {
  // Within the window.
  std::uint64_t sent = 0;       // messages meant to be sent in it (churn: connects meant)
  std::uint64_t delivered = 0;  // copies and answers that arrived in it (churn, storm: clients in their namespace)
  histogram latency;            // from the moment meant to each copy, of messages meant in it
  histogram completion;         // the same to the last receiver
  histogram lateness;           // open loop: from the moment meant to the moment sent: this generator's own delay
  // The whole run.
  std::uint64_t copies_expected = 0, copies_received = 0;
  std::uint64_t lost = 0, late = 0, twice = 0, written_off = 0;
  std::uint64_t foreign = 0;    // of another run on the same server
  std::uint64_t malformed = 0;  // a copy that is not what was sent, or an answer to nothing
  std::uint64_t attempts = 0, connected = 0;
  std::array<std::uint64_t, troubles> failures{};
  std::array<std::string, troubles> words{};  // of the first failure of each kind, where the server or the system had some
  histogram connect_time;                     // from the moment meant to the namespace
  std::uint64_t heartbeats = 0, bytes_in = 0, bytes_out = 0;

  std::uint64_t failed() const noexcept {
    std::uint64_t all = 0;
    for (const auto n : failures) all += n;
    return all;
  }
  /// What should not have happened, whatever it is.
  std::uint64_t errors() const noexcept { return failed() + lost + twice + malformed; }

  void add(const tally& t) {
    sent += t.sent;
    delivered += t.delivered;
    latency.add(t.latency);
    completion.add(t.completion);
    lateness.add(t.lateness);
    copies_expected += t.copies_expected;
    copies_received += t.copies_received;
    lost += t.lost;
    late += t.late;
    twice += t.twice;
    written_off += t.written_off;
    foreign += t.foreign;
    malformed += t.malformed;
    attempts += t.attempts;
    connected += t.connected;
    for (std::size_t i = 0; i < troubles; ++i) failures[i] += t.failures[i];
    for (std::size_t i = 0; i < troubles; ++i)
      if (words[i].empty()) words[i] = t.words[i];
    connect_time.add(t.connect_time);
    heartbeats += t.heartbeats;
    bytes_in += t.bytes_in;
    bytes_out += t.bytes_out;
  }
};

}  // namespace jackfield::bench
