#include "net/send_ring.hpp"

#if JACKFIELD_IO_URING
#include <liburing.h>
#include <sys/socket.h>

#include <cerrno>
#else
struct io_uring {};
#endif

#include <utility>

namespace jackfield::net {

#if JACKFIELD_IO_URING

std::unique_ptr<send_ring> send_ring::open() {
  auto ring = std::make_unique<io_uring>();
  if (::io_uring_queue_init(room, ring.get(), 0) != 0) return nullptr;
  return std::unique_ptr<send_ring>(new send_ring(std::unique_ptr<io_uring, closer>(ring.release())));
}

void send_ring::closer::operator()(io_uring* r) const noexcept {
  ::io_uring_queue_exit(r);
  delete r;
}

void send_ring::add(int fd, std::string_view bytes) noexcept {
  taken_[count_] = 0;
  if (ring_) {
    io_uring_sqe* entry = ::io_uring_get_sqe(ring_.get());  // there is one: the ring is empty after each send()
    ::io_uring_prep_send(entry, fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::io_uring_sqe_set_data64(entry, count_);
  }
  ++count_;
}

std::size_t send_ring::take_results() noexcept {
  io_uring_cqe* result = nullptr;
  unsigned head = 0;
  unsigned n = 0;
  io_uring_for_each_cqe(ring_.get(), head, result) {
    if (result->res > 0) taken_[static_cast<std::size_t>(result->user_data)] = static_cast<std::size_t>(result->res);
    ++n;
  }
  ::io_uring_cq_advance(ring_.get(), n);
  return n;
}

std::span<const std::size_t> send_ring::send() noexcept {
  // Sends that may not wait are over when they have been submitted: the loop goes round once, but for an entry that the kernel
  // does not understand (it stops behind that one) and a signal.
  for (std::size_t over = 0; ring_ && over < count_;) {
    const auto left = static_cast<unsigned>(count_ - over);
    const int submitted = ::io_uring_submit_and_wait(ring_.get(), left);
    const std::size_t now = take_results();
    over += now;
    if (now > 0 || submitted > 0 || submitted == -EINTR) continue;
    if (::io_uring_sq_ready(ring_.get()) == left) ring_.reset();  // not one of them is under way
  }
  return {taken_.data(), std::exchange(count_, 0)};
}

#else

std::unique_ptr<send_ring> send_ring::open() { return nullptr; }
void send_ring::closer::operator()(io_uring* r) const noexcept { delete r; }
void send_ring::add(int, std::string_view) noexcept { ++count_; }
std::size_t send_ring::take_results() noexcept { return 0; }
std::span<const std::size_t> send_ring::send() noexcept { return {taken_.data(), std::exchange(count_, 0)}; }

#endif

send_ring::send_ring(std::unique_ptr<io_uring, closer> r) noexcept : ring_(std::move(r)) {}
send_ring::~send_ring() = default;

}  // namespace jackfield::net
