// ack_table: acknowledgements that one socket waits for, by id, each with its deadline. Ids come from a counter of the
// namespace and nearly always arrive in order, so the table is a sorted vector. One timer, for the earliest deadline.
// Owner: the endpoint, made with its first question. Thread: the worker's.
#pragma once

#include "base/host.hpp"
#include "base/timer_wheel.hpp"

#include <jackfield/pending.hpp>

#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::sio {

using waiter_ref = detail::ref<detail::waiter>;

/// Told what user code threw, and of answers that are not waited for any longer.
class fault_sink {
 public:
  virtual void on_fault(std::string_view where, std::exception_ptr thrown) noexcept = 0;
  /// The time of this question is over; before its waiter hears of it.
  virtual void on_expired(std::uint64_t) noexcept {}

 protected:
  ~fault_sink() = default;
};

class ack_table {
 public:
  ack_table(base::host& host, fault_sink& faults) noexcept : host_(host), faults_(faults) {}

  /// No deadline: the answer is waited for as long as the connection lasts.
  static constexpr base::duration no_limit = base::duration::max();

  /// REQUIRES: id is not in the table.
  void add(std::uint64_t id, waiter_ref w, base::duration timeout);
  /// Null: unknown, or answered before.
  waiter_ref take(std::uint64_t id) noexcept;
  std::size_t size() const noexcept { return live_; }

  /// The socket is gone: everybody hears `disconnected`.
  void end();
  /// The connection is: those for whom which(id) holds hear `disconnected`.
  template <class Which>
  void disconnect(Which&& which) {
    auto those = extract([&](const entry& e) { return which(e.id); });
    arm();
    fail(std::move(those), errc::disconnected, "socket has been disconnected");
  }

 private:
  struct entry {
    std::uint64_t id;
    base::time_point deadline;
    waiter_ref waiter;  // null: taken
  };
  void on_timer();
  void arm();
  void fail(std::vector<entry> those, errc why, const char* text);
  template <class Which>
  std::vector<entry> extract(Which&& which) {
    std::vector<entry> out;
    for (auto& e : entries_) {
      if (e.waiter && which(e)) out.push_back(std::move(e));
    }
    live_ -= out.size();
    std::erase_if(entries_, [](const entry& e) { return !e.waiter; });
    return out;
  }

  base::host& host_;
  fault_sink& faults_;
  std::vector<entry> entries_;  // by id
  std::size_t live_ = 0;
  base::time_point armed_for_ = base::time_point::max();
  base::member_timer<ack_table, &ack_table::on_timer> timer_{*this};
};

}  // namespace jackfield::sio
