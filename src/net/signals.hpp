// signals: SIGTERM and SIGINT as something that happens in a worker's turn. The first one calls the function given; from then on,
// and from the end of this object, they do again what they did before, so that a second one ends a program that lingers.
// Owner: the frontend. Thread: made and destroyed on the worker's, before other threads exist: they inherit that the signals
// wait.
#pragma once

#include "base/function.hpp"
#include "net/worker.hpp"

#include <csignal>
#include <cstdint>

namespace jackfield::net {

class signals final : public pollable {
 public:
  /// Throws std::system_error when the kernel refuses.
  signals(worker& w, base::unique_function<void()> on_first);
  ~signals();
  signals(const signals&) = delete;
  signals& operator=(const signals&) = delete;

  void on_events(std::uint32_t events) override;

 private:
  void end() noexcept;

  worker& worker_;
  base::unique_function<void()> on_first_;
  sigset_t held_;  // those that were not blocked before us
  int fd_ = -1;
};

}  // namespace jackfield::net
