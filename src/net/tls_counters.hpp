// tls_counters: what became of the handshakes of a listener, on all its workers. Any thread.
#pragma once

#include <jackfield/tls.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace jackfield::net {

/// What can become of a handshake, and how often it did; tls_counts for people.
enum class tls_event : std::uint8_t {
  completed,
  resumed,
  kernel,
  failed,
  timed_out,
  went,
  plain_http,
  refused,
  truncated,
  count_
};

class tls_counters {
 public:
  void count(tls_event e) noexcept { all_[static_cast<std::size_t>(e)].fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t of(tls_event e) const noexcept { return all_[static_cast<std::size_t>(e)].load(std::memory_order_relaxed); }
  void add_to(tls_counts& sum) const noexcept;

 private:
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(tls_event::count_)> all_{};
};

}  // namespace jackfield::net
