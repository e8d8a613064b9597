// A line: connect, read, write, close. What is spoken on it stands in peer_ws.cpp and peer_poll.cpp.
#include "peer.hpp"

#include "crowd.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace jackfield::bench {

namespace {

// A local address has some 28,000 ports for one server, and a closed line keeps its port for a while. On the loopback there are
// 16 million local addresses, so lines take turns.
constexpr std::size_t most_unsent = 64 * 1024 * 1024;  // of one peer
constexpr std::uint64_t lines_per_address = 16'000, addresses = 200;

void bind_in_turn(int fd, const target& to, std::uint64_t serial) noexcept {
  if (to.address.ss_family != AF_INET || !to.loopback()) return;
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(0x7f000001u + static_cast<std::uint32_t>(serial / lines_per_address % addresses));
  ::bind(fd, reinterpret_cast<const sockaddr*>(&local), sizeof local);  // if not, connect() chooses
}

trouble trouble_of(int error) noexcept {
  switch (error) {
    case ECONNREFUSED: return trouble::refused;
    case ECONNRESET:
    case EPIPE: return trouble::reset;
    case ETIMEDOUT: return trouble::timed_out;
    default: return trouble::no_port;
  }
}

}  // namespace

void peer::open(nanos meant) {
  meant_ = meant;
  started_ = now();
  sid_.clear();
  posts_.clear();
  awaited_ = 0;
  decoder_.reset();
  on_ws_ = false;
  request_ = request::none;
  stage_ = stage::connecting;
  ++crowd_.connecting_;
  start_line();
}

void peer::start_line() {
  ++life_;
  out_.clear();
  out_at_ = 0;
  fd_ = ::socket(crowd_.settings_.to.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return down(trouble::no_port, std::strerror(errno));
  const int yes = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const target& to = crowd_.settings_.to;
  bind_in_turn(fd_, to, crowd_.serial_++);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to.address), to.address_size) < 0 && errno != EINPROGRESS)
    return down(trouble_of(errno), std::strerror(errno));
  if (to.tls) tls_ = std::make_unique<tls_line>(*crowd_.tls_, to.host, to.port, fd_);
  epoll_event e{};
  e.events = EPOLLIN | EPOLLOUT;
  e.data.u64 = std::uint64_t{index_} << 32 | life_;
  wants_write_ = true;
  ::epoll_ctl(crowd_.epoll_, EPOLL_CTL_ADD, fd_, &e);
}

void peer::arm(bool write) {
  if (wants_write_ == write) return;
  wants_write_ = write;
  epoll_event e{};
  e.events = EPOLLIN | (write ? EPOLLOUT : 0u);
  e.data.u64 = std::uint64_t{index_} << 32 | life_;
  ::epoll_ctl(crowd_.epoll_, EPOLL_CTL_MOD, fd_, &e);
}

void peer::on_events(std::uint32_t events) {
  if (stage_ == stage::connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) return down(trouble_of(error), std::strerror(error));
    on_connected();
  }
  const auto life = life_;
  if (events & EPOLLOUT) flush();
  if (life_ == life && fd_ >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) on_readable();
}

// A new line: of a new session, of the upgrade, or of a polling session whose former line the server closed.
void peer::on_connected() {
  if (crowd_.settings_.by == road::websocket || (crowd_.settings_.by == road::upgrade && !sid_.empty())) {
    stage_ = stage::upgrading;
    return ask_upgrade();
  }
  stage_ = stage::polling;
  ask(request::open);
}

void peer::on_readable() {
  if (tls_) return on_readable_tls();
  const auto life = life_;
  auto& buffer = crowd_.buffer_;
  for (;;) {
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n == 0) return on_line_closed(trouble::closed);
    if (n < 0) {
      if (errno == EAGAIN || errno == EINTR) break;
      return on_line_closed(trouble::reset);
    }
    crowd_.bytes_in_ += static_cast<std::uint64_t>(n);
    on_data({buffer.data(), static_cast<std::size_t>(n)});
    if (fd_ < 0 || life_ != life) return;
    if (static_cast<std::size_t>(n) < buffer.size()) break;
  }
  if (!out_.empty()) flush();
}

// Until there is no more: what OpenSSL has taken from the descriptor makes no event.
void peer::on_readable_tls() {
  const auto life = life_;
  auto& buffer = crowd_.buffer_;
  for (;;) {
    const auto p = tls_->read(buffer);
    crowd_.bytes_in_ += p.bytes;
    if (p.bytes) on_data({buffer.data(), p.bytes});
    if (fd_ < 0 || life_ != life) return;
    if (p.what == tls_line::outcome::again) break;
    if (p.what != tls_line::outcome::done) return on_tls_end(p.what);
  }
  flush_tls();
}

void peer::on_tls_end(tls_line::outcome how) {
  if (!tls_->shaken()) {
    const std::string words = tls_->failure();
    return down(trouble::tls, words.empty() ? "the server ended the handshake" : words);
  }
  const bool closed = how == tls_line::outcome::closed || how == tls_line::outcome::truncated;
  if (closed || tls_->peer_went()) return on_line_closed(closed ? trouble::closed : trouble::reset);
  const std::string words = tls_->failure();
  down(trouble::tls, words);
}

void peer::on_data(std::span<char> data) {
  if (on_ws_) return on_frames(data);
  on_answers({data.data(), data.size()});
}

// Between two requests a server may close a line that it keeps for polling; the session goes on with another.
void peer::on_line_closed(trouble why) {
  const bool between = crowd_.settings_.by == road::polling && ready() && request_ == request::none;
  if (!between) return down(why);
  close_line();
  answer_.reset();
}

void peer::flush_tls() {
  const auto how = tls_->write(out_);
  crowd_.bytes_out_ += out_.size();
  out_.clear();
  if (how != tls_line::outcome::done && how != tls_line::outcome::again) return on_tls_end(how);
  if (tls_->unsent() > most_unsent) return down(trouble::stalled);
  arm(tls_->wants_write());
}

void peer::flush() {
  if (tls_) return flush_tls();
  while (out_at_ < out_.size()) {
    const ssize_t n = ::send(fd_, out_.data() + out_at_, out_.size() - out_at_, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN && out_.size() - out_at_ > most_unsent) return down(trouble::stalled);
      if (errno == EAGAIN) return arm(true);
      return on_line_closed(trouble::reset);
    }
    out_at_ += static_cast<std::size_t>(n);
    crowd_.bytes_out_ += static_cast<std::uint64_t>(n);
  }
  out_.clear();
  out_at_ = 0;
  if (fd_ >= 0) arm(false);
}

void peer::send(std::string_view packet) {
  if (on_ws_)
    frame(packet);
  else {
    if (!posts_.empty()) posts_ += '\x1e';
    posts_.append(packet);
    ++awaited_;
    pump();
  }
  crowd_.touch(*this);
}

void peer::close_line() noexcept {
  if (fd_ < 0) return;
  tls_.reset();
  ::close(fd_);
  fd_ = -1;
  out_.clear();
  out_at_ = 0;
}

void peer::leave() noexcept {
  if (ready() && !on_ws_ && fd_ >= 0 && request_ == request::none && out_.empty()) {
    posts_ = "1";
    ask(request::post);
    if (tls_)
      tls_->write(out_);
    else
      (void)!::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
  }
  hang_up();
}

void peer::hang_up() noexcept {
  if (off()) return;
  --(ready() ? crowd_.ready_ : crowd_.connecting_);
  stage_ = stage::off;
  if (tls_) tls_->say_goodbye();
  close_line();
  decoder_.reset();
  answer_.reset();
}

void peer::cut() noexcept {
  const linger none{1, 0};
  if (fd_ >= 0) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  tls_.reset();  // without a word
  hang_up();
}

void peer::down(trouble why, std::string_view words) {
  crowd_.explain(why, words);
  down(why);
}

void peer::down(trouble why) {
  hang_up();
  crowd_.watcher_.on_down(*this, why);
}

}  // namespace jackfield::bench
