// timeline: a run in pieces of equal length, for the plots: what was sent, what arrived, how long it took. One owner, one thread.
#pragma once

#include "histogram.hpp"

#include <cstdint>
#include <vector>

namespace jackfield::bench {

class timeline {
 public:
  struct piece {
    nanos at = 0;  // its end, since the beginning
    std::uint64_t sent = 0, delivered = 0;
    nanos p50 = 0, p99 = 0, max = 0;
  };

  /// Nothing is noted before `begin`.
  void start(nanos begin, nanos length) {
    begin_ = begin;
    length_ = length;
    current_ = {};
    latencies_.clear();
    pieces_.clear();
  }
  void sent(nanos when) {
    if (!note(when)) return;
    ++current_.sent;
  }
  void delivered(nanos when, nanos latency) {
    if (!note(when)) return;
    ++current_.delivered;
    latencies_.record(latency);
  }
  /// Closes the pieces that ended before `when`.
  void advance(nanos when) {
    while (length_ && when >= begin_ + static_cast<nanos>(pieces_.size() + 1) * length_ && pieces_.size() < most_pieces) close();
  }
  const std::vector<piece>& pieces() const noexcept { return pieces_; }

 private:
  static constexpr std::size_t most_pieces = 10'000;

  bool note(nanos when) {
    if (!length_ || when < begin_) return false;
    advance(when);
    return true;
  }
  void close() {
    current_.at = static_cast<nanos>(pieces_.size() + 1) * length_;
    current_.p50 = latencies_.percentile(0.5);
    current_.p99 = latencies_.percentile(0.99);
    current_.max = latencies_.max();
    pieces_.push_back(current_);
    current_ = {};
    latencies_.clear();
  }

  nanos begin_ = 0, length_ = 0;
  piece current_;
  histogram latencies_;
  std::vector<piece> pieces_;
};

}  // namespace jackfield::bench
