// unfinished: the budget that packets still missing attachments share (security.md S26). When it is overdrawn, whoever holds
// most is ended. Owner: the worker. Thread: the worker's.
#pragma once

#include <cstddef>

namespace jackfield::sio {

/// One who may hold bytes of unfinished packets. A link of the budget's list while it does.
class holder {
 public:
  holder() noexcept = default;
  holder(const holder&) = delete;
  holder& operator=(const holder&) = delete;
  virtual void on_overdrawn() = 0;

 protected:
  virtual ~holder();

 private:
  friend class unfinished_budget;
  class unfinished_budget* budget_ = nullptr;
  holder* before_ = nullptr;
  holder* behind_ = nullptr;
  std::size_t held_ = 0;
};

class unfinished_budget {
 public:
  explicit unfinished_budget(std::size_t limit_bytes) noexcept : limit_(limit_bytes) {}
  /// h now holds so many bytes; zero: nothing any more. May end the largest holder, h or another.
  void note(holder& h, std::size_t bytes);
  std::size_t total() const noexcept { return total_; }

 private:
  friend class holder;
  void unlink(holder& h) noexcept;

  std::size_t limit_;
  std::size_t total_ = 0;
  holder* first_ = nullptr;
};

}  // namespace jackfield::sio
