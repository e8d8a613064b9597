// tls_door: where clients of a TLS listener shake hands. Each newcomer waits here until its handshake is over; then its stream
// goes on to whoever speaks on it. Handshakes have a share of each turn, in the order in which they can go on, so that a storm of
// them does not starve who is connected; a deadline; and a limit on how many there are. Nothing is spent on a client that says
// nothing. Owner: the frontend, one per TLS listener and worker. Thread: the worker's.
#pragma once

#include "base/function.hpp"
#include "base/ref.hpp"
#include "net/stream.hpp"
#include "net/tls_context.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

namespace jackfield::net {

class tls_door final : public pollable {
 public:
  /// `admit` gets each stream whose handshake succeeded; start() it.
  using admit_fn = base::unique_function<void(std::unique_ptr<stream>)>;

  tls_door(worker& w, std::shared_ptr<tls_server_context> context, std::chrono::milliseconds stall_limit, admit_fn admit);
  /// Ends the handshakes under way.
  ~tls_door();
  tls_door(const tls_door&) = delete;
  tls_door& operator=(const tls_door&) = delete;

  /// Takes a connected descriptor over.
  void accept(int fd);
  std::size_t pending() const noexcept { return pending_; }
  tls_server_context& context() noexcept { return *context_; }
  /// How many steps of handshakes were done so far.
  std::uint64_t steps() const noexcept { return steps_; }

  void on_events(std::uint32_t) override {}
  void on_resume() override;

 private:
  class visitor;
  void line_up(base::ref<visitor> v);
  void gone(visitor& v) noexcept;

  worker& worker_;
  std::shared_ptr<tls_server_context> context_;
  std::chrono::milliseconds stall_limit_;
  admit_fn admit_;
  std::deque<base::ref<visitor>> line_;  // those whose handshake can go on
  visitor* visitors_ = nullptr;          // all of them
  std::size_t pending_ = 0;
  std::uint64_t steps_ = 0;
  bool awaited_ = false;  // on_resume() is due in the next turn
};

}  // namespace jackfield::net
