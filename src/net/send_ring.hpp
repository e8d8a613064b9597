// send_ring: the output of many connections by one system call (io_uring, docs/decisions/0012): each send is as if it had been
// called by itself on a socket that does not block, and is over when send() returns; nothing is ever under way.
// Owner: a worker. Thread: its worker's.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

struct io_uring;

namespace jackfield::net {

class send_ring {
 public:
  /// Null: the kernel has none, or refuses (a container's seccomp profile, kernel.io_uring_disabled), or the library was built
  /// without (JACKFIELD_IO_URING).
  static std::unique_ptr<send_ring> open();
  ~send_ring();
  send_ring(const send_ring&) = delete;
  send_ring& operator=(const send_ring&) = delete;

  static constexpr std::size_t room = 128;

  /// REQUIRES: fewer than room() were added since the last send(). The bytes stay where they are until then.
  void add(int fd, std::string_view bytes) noexcept;
  /// Sends all that was added. How many bytes of each, in the order of add(), the kernel took; 0: none, and who sends them by
  /// themselves learns why. Valid until the next add().
  std::span<const std::size_t> send() noexcept;
  /// False: it failed for good, and what is added is not sent any more.
  bool usable() const noexcept { return ring_ != nullptr; }

 private:
  struct closer {
    void operator()(io_uring* r) const noexcept;
  };
  explicit send_ring(std::unique_ptr<io_uring, closer> r) noexcept;
  std::size_t take_results() noexcept;

  std::unique_ptr<io_uring, closer> ring_;
  std::array<std::size_t, room> taken_{};
  std::size_t count_ = 0;
};

}  // namespace jackfield::net
