// floor - the least that a server can do for sioload's scenarios: one thread, raw epoll, no protocol checks,
// no JSON, no sessions. It is a measuring stick, not a server: it shows what the kernel alone costs, so that a
// ratio against it says how much a real server adds. Never copy from it: it trusts every byte that it reads.
//
// Build: c++ -O3 -std=c++20 floor.cpp -o floor        Run: ./floor PORT
#include <sys/epoll.h>

#include <cerrno>

struct loop_state {};
#include "floor_speech.hpp"

static int ep;
static char buf[1 << 18];
static void hang_up(conn* c) { ::close(c->fd); }
static void readable(conn* c) {
  for (;;) {
    ssize_t n = ::recv(c->fd, buf, sizeof buf, 0);
    if (n <= 0) {
      if (n == 0 || errno != EAGAIN) close_conn(c);
      return;
    }
    take(c, buf, size_t(n));
    if (size_t(n) < sizeof buf) return;
  }
}
static void flush(conn* c) {
  c->dirty = false;
  if (c->dead) return;
  ssize_t n = ::send(c->fd, c->out.data(), c->out.size(), MSG_NOSIGNAL);
  if (n == ssize_t(c->out.size())) {
    c->out.clear();
    if (c->out.capacity() > 65536) string().swap(c->out);
    return;
  }
  if (n > 0)
    c->out.erase(0, size_t(n));
  else if (errno != EAGAIN)
    return close_conn(c);
}
int main(int, char** v) {
  int l = listener(v[1], SOCK_NONBLOCK);
  ep = epoll_create1(0);
  epoll_event ev{};
  ev.events = EPOLLIN;
  ev.data.ptr = nullptr;
  epoll_ctl(ep, EPOLL_CTL_ADD, l, &ev);
  static epoll_event evs[1024];
  for (;;) {
    int n = epoll_wait(ep, evs, 1024, -1);
    for (int i = 0; i < n; ++i) {
      if (auto* c = static_cast<conn*>(evs[i].data.ptr)) {
        if (c->dead) continue;
        if (evs[i].events & EPOLLIN) readable(c);
        if (!c->dead && (evs[i].events & EPOLLOUT) && !c->out.empty()) mark(c);
        if (!c->dead && (evs[i].events & (EPOLLERR | EPOLLHUP))) close_conn(c);
        continue;
      }
      for (int fd; (fd = accept4(l, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
        auto* c = newcomer(fd);
        ev.events = EPOLLIN | EPOLLOUT | EPOLLET;
        ev.data.ptr = c;
        epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
      }
    }
    for (size_t i = 0; i < dirty.size(); ++i) flush(dirty[i]);
    dirty.clear();
    for (conn* c : graves) delete c;
    graves.clear();
  }
}
