// broadcast_acks: broadcasts whose receivers were asked for an answer (protocol.md 4.6). One id for all of them; answers
// count from those who were there at the time, once each. Each worker minds the receivers that it has; the answers of all
// come together in a gather, in the order in which they arrive. Owner: the namespace. Thread: the worker's.
#pragma once

#include "base/timer_wheel.hpp"
#include "server/gather.hpp"

#include <jackfield/broadcast.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace jackfield::srv {

class nsp;
class socket;

using answers_ref = detail::ref<detail::pending_state<answers>>;
using answers_share = gather<answers>::share;

class broadcast_acks {
 public:
  explicit broadcast_acks(nsp& n) noexcept;
  broadcast_acks(const broadcast_acks&) = delete;
  broadcast_acks& operator=(const broadcast_acks&) = delete;
  ~broadcast_acks();

  /// `receivers`: serials, in any order. None: done at once.
  void ask(std::uint64_t id, std::vector<std::uint64_t> receivers, base::duration timeout, answers_share to);
  /// False: it was not asked that, or has answered.
  bool on_ack(const socket& from, std::uint64_t id, const args& a);
  /// All end with `disconnected`.
  void end();
  std::size_t size() const noexcept { return asked_.size(); }

 private:
  struct question;
  void finish(std::uint64_t id, error e);

  nsp& nsp_;
  std::map<std::uint64_t, std::unique_ptr<question>> asked_;
};

}  // namespace jackfield::srv
