#include "net/tunnel.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace jackfield::net {

namespace {

// A proxy's page about its refusal is nothing that we read.
constexpr wire::http_reply_limits limits{.body_bytes = 64 * 1024};

std::string request(const wire::proxy_address& of, std::string_view host, std::uint16_t port) {
  const auto where = wire::authority(host, port);
  std::string out = "CONNECT " + where + " HTTP/1.1\r\nHost: " + where + "\r\n";
  if (!of.authorization.empty()) out += "Proxy-Authorization: " + of.authorization + "\r\n";
  return out + "\r\n";
}

std::string refusal(int status) {
  if (status == 407) return "the proxy wants another user and password (HTTP status 407)";
  return "the proxy answered CONNECT with HTTP status " + std::to_string(status);
}

}  // namespace

tunnel::tunnel(worker& w, unique_fd fd, std::chrono::milliseconds limit, done_fn done)
    : worker_(w), fd_(std::move(fd)), time_(limit), done_(std::move(done)), parser_(limits) {}

tunnel::~tunnel() = default;

base::ref<tunnel> tunnel::start(worker& w, unique_fd proxy, const wire::proxy_address& of, std::string_view host,
                                std::uint16_t port, std::chrono::milliseconds limit, done_fn done) {
  base::ref<tunnel> t(new tunnel(w, std::move(proxy), limit, std::move(done)));
  t->self_ = t;
  t->request_ = request(of, host, port);
  t->parser_.expect(wire::http_request_kind::tunnel);
  if (limit.count() > 0) w.timers().arm(t->limit_, limit);
  w.watch(t->fd_.get(), *t, EPOLLIN | EPOLLOUT | EPOLLRDHUP, trigger::edge);  // writable: that is told at once
  return t;
}

void tunnel::on_events(std::uint32_t events) {
  if (!fd_) return;
  base::ref<tunnel> keep(this);
  if (!request_.empty() && !write()) return;
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) read();
}

/// False: that was the end.
bool tunnel::write() {
  while (!request_.empty()) {
    const auto n = ::send(fd_.get(), request_.data(), request_.size(), MSG_NOSIGNAL);
    if (n > 0) {
      request_.erase(0, static_cast<std::size_t>(n));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return true;
    } else if (errno != EINTR) {
      over(std::string("the connection to the proxy broke: ") + std::strerror(errno));
      return false;
    }
  }
  return true;
}

// What came is looked at first and taken after: bytes behind the answer are the host's.
void tunnel::read() {
  using outcome = wire::http_reply_parser::outcome;
  for (;;) {
    auto buffer = worker_.read_buffer();
    const auto n = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_PEEK);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n <= 0) return over("the proxy closed the connection instead of answering");
    std::string_view input(buffer.data(), static_cast<std::size_t>(n));
    const auto o = parser_.feed(input);
    const int status = parser_.reply().status;
    if (status >= 300) return over(refusal(status));  // whatever its page may be
    if (o == outcome::broken) return over("the proxy's answer is no HTTP: " + std::string(parser_.error()));
    const auto used = static_cast<std::size_t>(n) - input.size();
    if (::recv(fd_.get(), buffer.data(), used, 0) != static_cast<ssize_t>(used)) return over("the connection to the proxy broke");
    if (o == outcome::whole) return over({});
  }
}

void tunnel::on_limit() {
  base::ref<tunnel> keep(this);
  over("no answer of the proxy within " + std::to_string(time_.count()) + " ms");
}

void tunnel::over(std::string why) {
  if (!self_) return;
  limit_.cancel();
  worker_.forget(fd_.get());
  auto fd = std::move(fd_);
  if (!why.empty()) fd.reset();
  auto done = std::move(done_);
  worker_.bury(std::move(self_));
  if (done) done(std::move(fd), std::move(why));
}

void tunnel::cancel() {
  base::ref<tunnel> keep(this);
  done_ = {};
  if (self_) over("cancelled");
}

}  // namespace jackfield::net
