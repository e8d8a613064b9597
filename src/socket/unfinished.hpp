// unfinished: the budget that packets still missing attachments share (security.md S26). When it is overdrawn, whoever holds
// most is ended. Owner: the worker. Thread: the worker's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace jackfield::sio {

/// One who may hold bytes of unfinished packets. REQUIRES: holds none when it is destroyed.
class holder {
 public:
  holder() noexcept = default;
  holder(const holder&) = delete;
  holder& operator=(const holder&) = delete;
  virtual void on_overdrawn() = 0;

 protected:
  virtual ~holder() = default;

 private:
  friend class unfinished_budget;
  std::size_t held_ = 0;     // zero: not in the budget's list
  std::uint32_t index_ = 0;  // in it
};

class unfinished_budget {
 public:
  /// `all`: the sum of several budgets, which the limit is for; null: this one is alone. Each ends holders of its own.
  explicit unfinished_budget(std::size_t limit_bytes, std::atomic<std::size_t>* all = nullptr) noexcept
      : limit_(limit_bytes), all_(all != nullptr ? *all : total_) {}
  /// h now holds so many bytes; zero: nothing any more. May end the largest holder, h or another.
  void note(holder& h, std::size_t bytes);
  std::size_t total() const noexcept { return all_.load(std::memory_order_relaxed); }

 private:
  void remove(holder& h) noexcept;

  std::size_t limit_;
  std::atomic<std::size_t> total_{0};
  std::atomic<std::size_t>& all_;
  std::vector<holder*> holders_;
};

}  // namespace jackfield::sio
