// batch_scheduling: a thread that, while it is set, does not interrupt who runs when it is woken (SCHED_BATCH), but waits until a
// core is free or its turn has come. With a free core nothing is different. A thread whose scheduling somebody has chosen keeps
// it.
//
// Thread: the one that made it.
#pragma once

namespace jackfield::net {

class batch_scheduling {
 public:
  batch_scheduling() noexcept;
  ~batch_scheduling() { set(false); }
  batch_scheduling(const batch_scheduling&) = delete;
  batch_scheduling& operator=(const batch_scheduling&) = delete;
  void set(bool on) noexcept {
    if (on != on_ && may_) change(on);
  }

 private:
  void change(bool on) noexcept;
  bool may_, on_ = false;
};

}  // namespace jackfield::net
