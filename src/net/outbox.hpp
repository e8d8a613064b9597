// outbox: what a turn of one worker writes to the others of its server: a sheet of letters for each of them, handed over when it
// is full, when the turn posts something else there, or when the turn is over (docs/decisions/0013).
//
// Owner: the worker. Thread: the worker's.
#pragma once

#include "base/letter_sheet.hpp"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace jackfield::base {
class host;
}

namespace jackfield::net {

class worker;

/// Those who write to each other; each has its place in the list as its number.
using team = std::vector<worker*>;

class outbox {
 public:
  void join(std::shared_ptr<const team> t);
  /// REQUIRES: h is not null. Null: it is none of the team.
  worker* member(const base::host* h) const noexcept;

  /// The sheet for this one; it has room for `cost`. Null: no sheet has.
  base::letter_sheet* sheet(std::size_t to, std::size_t cost);
  bool empty() const noexcept { return written_ == 0; }
  void hand_in(std::size_t to);
  void hand_in_all();

  /// One that was read: the reader writes on it next.
  void take_back(std::unique_ptr<base::letter_sheet> s);
  void free_unused() noexcept { blank_.clear(); }

 private:
  std::shared_ptr<const team> team_;                             // null: none
  std::vector<std::unique_ptr<base::letter_sheet>> written_to_;  // by number; null: nothing yet
  std::size_t written_ = 0;                                      // sheets among them
  std::vector<std::unique_ptr<base::letter_sheet>> blank_;
};

}  // namespace jackfield::net
