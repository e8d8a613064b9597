// peer_call: an event of another server while its handlers run here: the endpoint that they answer to, which has no client.
// Owner: the call, and the acks that handlers keep. Thread: the worker's, but for what says otherwise.
#pragma once

#include "base/function.hpp"
#include "base/ref.hpp"
#include "socket/endpoint.hpp"

#include <jackfield/value.hpp>

#include <string_view>

namespace jackfield::srv {

class nsp;

class peer_call final : public sio::endpoint {
 public:
  using answer_fn = base::unique_function<void(value first)>;
  /// `answer` empty: none was asked for.
  peer_call(nsp& n, answer_fn answer);
  ~peer_call() override;

  /// Calls the namespace's handlers of this event. False: there is none.
  bool run(std::string_view name, const args& a);

  // Any thread.
  void answer(std::uint64_t id, packer& p) override;
  void on_fault(std::string_view where, std::exception_ptr thrown) noexcept override;

 private:
  std::string_view nsp_name() const noexcept override;
  std::uint64_t next_ack_id() noexcept override { return 0; }
  engine::session* session() const noexcept override { return nullptr; }
  void on_bad_event(std::string_view event, const error& e) noexcept override;
  // There is no client to send to, to hold back or to leave.
  std::uint64_t lane_id() const noexcept override { return 0; }
  void hold_peer(bool) override {}
  void leave_now() override {}

  base::ref<nsp> nsp_;
  answer_fn answer_;
};

}  // namespace jackfield::srv
