#include "net/stream.hpp"

#include "net/address_digits.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace jackfield::net {

namespace {
constexpr std::chrono::milliseconds farewell{2000};
}  // namespace

struct stream::patience final : base::timer {
  explicit patience(stream& s) : of(s) {}
  void fire() override { of.lose_patience(); }
  stream& of;
};

stream::stream(worker& w, int fd, std::chrono::milliseconds stall_limit)
    : worker_(&w), out_(w.pool()), fd_(fd), stall_ms_(static_cast<std::uint32_t>(stall_limit.count())) {
  worker_->enlist(*this);
}

stream::~stream() {
  if (!worker_) {  // on its way between two workers
    if (fd_ >= 0) ::close(fd_);
    return;
  }
  if (held_) worker_->let_off(*this);
  if (again_) worker_->not_again(*this);
  worker_->strike(*this);
  close_now();
}

void stream::start(stream_handler& h) {
  handler_ = &h;
  if (shaking_) {  // what came behind the handshake is read in the next turn
    shaking_ = false;
    if (!paused_) yield();
    return;
  }
  worker_->watch(fd_, *this, EPOLLIN | EPOLLOUT | EPOLLRDHUP, trigger::edge);
}

void stream::detach() {
  if (held_) {
    worker_->let_off(*this);
    touched_ = held_ = false;  // attach() sees to what is left
  }
  if (again_) worker_->not_again(*this);
  again_ = false;
  patience_.reset();
  worker_->forget(fd_);
  worker_->strike(*this);
  worker_ = nullptr;
  handler_ = nullptr;
}

void stream::attach(worker& w, stream_handler& h) {
  worker_ = &w;
  out_.move_to(w.pool());
  w.enlist(*this);
  start(h);
  if (!out_.empty()) touch();
  readable_ = true;  // what came meanwhile, and what TLS has decrypted already
  if (!paused_) yield();
}

void stream::start_shaking(stream_handler& h) {
  handler_ = &h;
  shaking_ = true;
  worker_->watch(fd_, *this, EPOLLIN | EPOLLOUT | EPOLLRDHUP, trigger::edge);
}

tls_channel::outcome stream::shake() {
  const auto outcome = tls_->shake();
  readable_ = tls_->input_left();
  return outcome;
}

void stream::secure(std::unique_ptr<tls_channel> c) noexcept {
  tls_ = std::move(c);
  if (peer_ended_) tls_->peer_ended();
}

void stream::give_up_tls() noexcept { tls_.reset(); }

void stream::on_events(std::uint32_t events) {
  if (fd_ < 0) return;
  const bool input = events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR);
  if (input) spoke_ = true;
  const bool waited = tls_ && tls_->wants_write() && (events & EPOLLOUT);  // for room, to go on with a handshake or reading
  if (((events & EPOLLOUT) || (tls_ && input)) && blocked_) {
    blocked_ = false;
    touch();
  }
  if (!input && !waited) return;
  readable_ = true;
  if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) peer_ended_ = true;
  if (tls_ && input) peer_ended_ ? tls_->peer_ended() : tls_->input_came();
  if (leaving_) return throw_away();
  if (shaking_) return handler_->on_shake();
  if (!paused_) return read();
  // Nobody reads, but whoever waits (a parked poll) must hear that the peer is gone.
  if (peer_ended_) end(events & EPOLLERR ? stream_end::reset : stream_end::closed);
}

void stream::on_resume() {
  again_ = false;
  if (fd_ < 0 || paused_ || leaving_) return;
  if (asked_) {
    asked_ = false;
    handler_->on_data({});
  }
  if (fd_ >= 0 && (readable_ || tls_) && !paused_ && !leaving_) read();
}

// One buffer full per turn and connection: a flooding peer waits for its next turn like everybody (S31).
void stream::read() {
  if (asked_) return yield();
  if (tls_) return read_records();
  std::span<char> buffer = worker_->read_buffer();
  ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (n > 0) {
    if (static_cast<std::size_t>(n) < buffer.size() && !peer_ended_) readable_ = false;
    handler_->on_data(buffer.first(static_cast<std::size_t>(n)));
    if (fd_ >= 0 && readable_ && !paused_ && !leaving_) yield();
    return;
  }
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
    readable_ = errno == EINTR;
    if (readable_) yield();
    return;
  }
  end(n == 0 ? stream_end::closed : stream_end::reset);
}

// The same for TLS, where input may also wait in a record that was read only in part.
void stream::read_records() {
  const auto got = tls_->read(worker_->read_buffer());
  readable_ = got.what != tls_channel::outcome::again && tls_->input_left();
  if (got.bytes > 0) {
    handler_->on_data(worker_->read_buffer().first(got.bytes));
    if (fd_ >= 0 && readable_ && !paused_ && !leaving_) yield();
    return;
  }
  switch (got.what) {
    case tls_channel::outcome::done:
    case tls_channel::outcome::again: return;
    case tls_channel::outcome::closed: return end(stream_end::closed);
    case tls_channel::outcome::truncated: return end(stream_end::truncated);
    case tls_channel::outcome::broken: return end(stream_end::reset);
  }
}

void stream::throw_away() {
  std::span<char> buffer = worker_->read_buffer();
  for (int i = 0; i < 16; ++i) {
    ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n > 0) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    return worker_->let_go(*this);
  }
  worker_->let_go(*this);  // a megabyte after our last word: enough
}

void stream::yield() {
  if (again_) return;
  again_ = true;
  worker_->again(*this);
}

void stream::ask_again() {
  asked_ = true;
  if (!paused_) yield();
}

void stream::pause(bool paused) {
  if (paused_ == paused || fd_ < 0) return;
  paused_ = paused;
  if (!paused && (readable_ || asked_)) yield();
}

void stream::flush() {
  touched_ = spoke_ = false;
  if (fd_ < 0 || blocked_) return;
  const std::size_t before = out_.size();
  const sent how = tls_ && !tls_->kernel_sends() ? send_records() : send_plain();
  if (out_.size() < before && patience_ && !leaving_) worker_->timers().arm(*patience_, std::chrono::milliseconds(stall_ms_));
  if (how == sent::blocked) return wait_for_room();
  if (how == sent::broken) return end(stream_end::reset);
  if (leaving_) return shut_if_done();
  if (patience_) patience_.reset();
  if (drain_wanted_) handler_->on_drained();
}

std::string_view stream::ready() noexcept {
  if (fd_ < 0 || blocked_ || patience_ || tls_) return {};
  std::array<iovec, 2> pieces;
  if (out_.gather(pieces) != 1) return {};
  return {static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len};
}

stream::sent stream::send_plain() {
  while (!out_.empty()) {
    std::array<iovec, 64> pieces;
    std::size_t count = out_.gather(pieces);
    msghdr m{};
    m.msg_iov = pieces.data();
    m.msg_iovlen = count;
    ssize_t n = count == 1 ? ::send(fd_, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL) : ::sendmsg(fd_, &m, MSG_NOSIGNAL);
    if (n > 0) {
      out_.consume(static_cast<std::size_t>(n));
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? sent::blocked : sent::broken;
  }
  return sent::all;
}

stream::sent stream::send_records() {
  switch (tls_->write(out_, worker_->record_buffer()).what) {
    case tls_channel::outcome::done: return sent::all;
    case tls_channel::outcome::again: return sent::blocked;
    default: return sent::broken;
  }
}

void stream::wait_for_room() {
  blocked_ = true;
  if (patience_) return;
  patience_ = std::make_unique<patience>(*this);
  worker_->timers().arm(*patience_, std::chrono::milliseconds(stall_ms_));
}

void stream::end(stream_end how) {
  if (leaving_) return worker_->let_go(*this);
  if (tls_ && how == stream_end::closed) tls_->say_goodbye();
  close_now();
  if (handler_) handler_->on_end(how);
}

void stream::lose_patience() {
  if (!leaving_) worker_->hit(base::limit::write_stall);
  end(stream_end::stalled);
}

void stream::shut_if_done() {
  if (shut_ || !out_.empty()) return;
  if (tls_ && tls_->say_goodbye() == tls_channel::outcome::again) {
    blocked_ = true;
    return;
  }
  shut_ = true;
  ::shutdown(fd_, SHUT_WR);
  if (!patience_) patience_ = std::make_unique<patience>(*this);
  worker_->timers().arm(*patience_, farewell);
  if (readable_ || peer_ended_) throw_away();
}

void stream::finish(std::unique_ptr<stream> s) {
  if (!s) return;
  stream& me = *s;
  if (me.fd_ < 0 || me.peer_ended_) {  // the peer said its last word already: nothing it sends can be lost
    me.handler_ = nullptr;             // who gave the stream up hears no more of it, even if the last word cannot be sent
    me.drain_wanted_ = false;
    if (me.fd_ >= 0 && !me.out_.empty()) me.flush();
    if (me.fd_ >= 0 && me.tls_) me.tls_->say_goodbye();
    return drop(std::move(s));
  }
  me.leaving_ = true;
  me.worker_->keep(std::move(s));
  if (!me.patience_) {
    me.patience_ = std::make_unique<patience>(me);
    me.worker_->timers().arm(*me.patience_, std::chrono::milliseconds(me.stall_ms_));
  }
  me.touch();
}

void stream::drop(std::unique_ptr<stream> s) {
  if (!s) return;
  if (s->held_) {  // what was said in an earlier turn leaves all the same
    s->handler_ = nullptr;
    s->drain_wanted_ = false;
    s->flush();
  }
  s->close_now();
  worker& w = *s->worker_;
  w.bury(std::move(s));
}

void stream::close_now() noexcept {
  if (fd_ < 0) return;
  worker_->forget(fd_);
  ::close(fd_);
  fd_ = -1;
  patience_.reset();
  out_.clear();
}

bool stream::silent() const noexcept {
  char one;
  return fd_ >= 0 && ::recv(fd_, &one, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

std::string stream::remote_address() const {
  sockaddr_storage a{};
  socklen_t size = sizeof a;
  if (fd_ < 0 || ::getpeername(fd_, reinterpret_cast<sockaddr*>(&a), &size) != 0) return {};
  return digits_of(a);
}

}  // namespace jackfield::net
