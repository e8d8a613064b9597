#include "net/listener.hpp"

#include "net/address_digits.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

namespace jackfield::net {

namespace {

constexpr int backlog = 4096;
constexpr int accepts_per_turn = 64;
constexpr std::chrono::milliseconds out_of_descriptors_pause{100};

struct addresses {
  ~addresses() {
    if (list) ::freeaddrinfo(list);
  }
  addrinfo* list = nullptr;
};

/// Small frames do not wait for more to go with them (TCP_NODELAY). For the connections that come by it, which inherit it.
void send_at_once(int listening) noexcept {
  const int on = 1;
  ::setsockopt(listening, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int try_listen(const addrinfo& a, port_sharing s) {
  int fd = ::socket(a.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int on = 1, off = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (a.ai_family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  // The port is shared once it is ours alone: so a second server is told that it is taken.
  const bool bound = ::bind(fd, a.ai_addr, a.ai_addrlen) == 0;
  if (bound && s == port_sharing::shared) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  send_at_once(fd);
  if (bound && ::listen(fd, backlog) == 0) return fd;
  int why = errno;
  ::close(fd);
  errno = why;
  return -1;
}

std::string shown(const std::string& host, std::uint16_t port) {
  if (host.empty()) return "port " + std::to_string(port);
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

int bind_first(const std::string& host, std::uint16_t port, port_sharing s) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  // Every address: one socket that takes IPv6 and IPv4, or IPv4 alone where the machine has no IPv6.
  const char* node = host.empty() ? nullptr : host.c_str();
  addresses found;
  if (int e = ::getaddrinfo(node, std::to_string(port).c_str(), &hints, &found.list); e != 0)
    throw std::system_error(EADDRNOTAVAIL, std::generic_category(), "cannot resolve " + host + " (" + ::gai_strerror(e) + ")");
  int why = EADDRNOTAVAIL;
  for (int family : {AF_INET6, AF_INET})
    for (const addrinfo* a = found.list; a; a = a->ai_next) {
      if (a->ai_family != family) continue;
      int fd = try_listen(*a, s);
      if (fd >= 0) return fd;
      if (errno != EAFNOSUPPORT) why = errno;
    }
  throw std::system_error(why, std::generic_category(), "cannot listen on " + shown(host, port));
}

}  // namespace

// While descriptors are short the listener sleeps instead of spinning on a level-triggered event.
struct listener::pause final : base::timer {
  explicit pause(listener& l) : of(l) {}
  void fire() override {
    if (of.fd_ >= 0) of.worker_.watch(of.fd_, of, EPOLLIN, trigger::level);
  }
  listener& of;
};

bound_socket::bound_socket(const std::string& host, std::uint16_t port, port_sharing s)
    : bound_socket(bind_first(host, port, s)) {}

bound_socket bound_socket::beside(const bound_socket& first) {
  sockaddr_storage a{};
  socklen_t size = sizeof a;
  ::getsockname(first.fd_, reinterpret_cast<sockaddr*>(&a), &size);
  const int fd = ::socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1, off = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (a.ss_family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  send_at_once(fd);
  bound_socket mine(fd);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&a), size) != 0 || ::listen(fd, backlog) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot share " + shown(first.address_, first.port_));
  mine.port_ = first.port_;
  mine.address_ = first.address_;
  return mine;
}

bound_socket::bound_socket(int fd) : fd_(fd) {
  sockaddr_storage a{};
  socklen_t size = sizeof a;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&a), &size);
  char text[INET6_ADDRSTRLEN] = {};
  if (a.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(a);
    port_ = ntohs(v4.sin_port);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  } else {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(a);
    port_ = ntohs(v6.sin6_port);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  }
  address_ = text;
}

bound_socket::~bound_socket() {
  if (fd_ >= 0) ::close(fd_);
}

listener::listener(worker& w, bound_socket s, accept_fn accept)
    : worker_(w),
      accept_(std::move(accept)),
      pause_(std::make_unique<pause>(*this)),
      address_(s.address()),
      fd_(s.release()),
      port_(s.port()) {
  spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  worker_.watch(fd_, *this, EPOLLIN, trigger::level);
}

listener::~listener() {
  close();
  if (spare_ >= 0) ::close(spare_);
}

void listener::close() noexcept {
  if (fd_ < 0) return;
  worker_.forget(fd_);
  ::close(fd_);
  fd_ = -1;
}

void listener::on_events(std::uint32_t) {
  for (int i = 0; i < accepts_per_turn && fd_ >= 0; ++i) {
    sockaddr_storage from;
    socklen_t size = sizeof from;
    int fd = ::accept4(fd_, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      accept_(fd, digits_of(from));
      continue;
    }
    if (errno == EMFILE || errno == ENFILE) return shed();
    if (errno == ENOBUFS || errno == ENOMEM) {
      worker_.forget(fd_);
      worker_.timers().arm(*pause_, out_of_descriptors_pause);
      return;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    // ECONNABORTED and the network errors of accept(2) concern that one connection
  }
}

// Out of descriptors: the spare one takes the newcomer in, so that it is told by a close instead of waiting.
void listener::shed() {
  worker_.hit(base::limit::connections);
  ::close(spare_);
  int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) ::close(fd);
  spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  worker_.forget(fd_);
  worker_.timers().arm(*pause_, out_of_descriptors_pause);
}

}  // namespace jackfield::net
