// held_output: while turns queue up (turn_queue.hpp), a client to whom only other workers have something to say is written to
// when it speaks, when the worker has nothing else to do, or three turns later: what more is said to it until then leaves by the
// same call. In a room whose members all talk, half of the calls are such.
//
// Owner: the worker. Thread: the worker's.
#pragma once

#include <vector>

namespace jackfield::net {

class stream;

class held_output {
 public:
  static constexpr int most_turns = 3;

  bool empty() const noexcept { return streams_.empty(); }
  void next_turn() noexcept { ++turns_; }
  /// At the end of a turn: `touched` gets who was held and is not any longer, and loses who is from now on, if `may_hold`.
  void hold_back(std::vector<stream*>& touched, bool may_hold);
  /// It is not there any more.
  void forget(const stream& s) noexcept;

 private:
  std::vector<stream*> streams_;  // null: forgotten
  int turns_ = 0;                 // so many have begun since the first of them is held
};

}  // namespace jackfield::net
