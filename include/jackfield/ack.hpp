// ack: the answer to an event whose sender asked for one. Take it as a handler's last parameter and call it with any
// values, now or later, from any thread. It sends once; what is not called sends nothing.
#pragma once

#include <jackfield/detail/shared.hpp>
#include <jackfield/packer.hpp>

#include <cstdint>
#include <utility>

namespace jackfield {

namespace sio {
class endpoint;
void intrusive_ptr_add_ref(const endpoint*) noexcept;
void intrusive_ptr_release(const endpoint*) noexcept;
}  // namespace sio

class ack {
 public:
  /// Nobody asked: calls do nothing.
  ack() noexcept = default;
  ack(ack&&) noexcept = default;
  ack& operator=(ack&&) noexcept = default;
  /// The library's.
  ack(detail::ref<sio::endpoint> to, std::uint64_t id) noexcept : to_(std::move(to)), id_(id) {}

  /// The peer waits for an answer and none was sent.
  explicit operator bool() const noexcept { return to_ != nullptr; }

  /// Sends the answer. Nothing happens when there was one already or the socket is gone. Values: what emit() takes.
  template <class... A>
  void operator()(const A&... values) {
    if (!to_) return;
    packer p;
    (p.add(values), ...);
    send(p);
  }

 private:
  void send(packer&);
  detail::ref<sio::endpoint> to_;
  std::uint64_t id_ = 0;
};

}  // namespace jackfield
