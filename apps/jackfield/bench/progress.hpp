// progress: one line on standard error that says what is going on, rewritten in place; nothing when that is no terminal. One
// thread.
#pragma once

#include "clock.hpp"

#include <string>

namespace jackfield::bench {

class progress {
 public:
  /// Whether standard error is a terminal is asked once.
  progress();
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  bool shown() const noexcept { return terminal_; }
  /// What every line begins with: the step of a ramp.
  void prefix(std::string text) { prefix_ = std::move(text); }
  /// At most ten times a second.
  void show(const std::string& text);
  void clear();

 private:
  bool terminal_;
  bool dirty_ = false;
  nanos last_ = 0;
  std::string prefix_;
};

}  // namespace jackfield::bench
