// floor_uring - the floor on io_uring instead of epoll: multishot accept, multishot receive into provided buffers, and all sends
// of a turn in one submission. It measures what there would be to win (docs/decisions/0009-epoll-not-io-uring.md).
//
// Build: c++ -O3 -std=c++20 floor_uring.cpp -o floor_uring -luring (liburing-dev; Linux 6.0)       Run: ./floor_uring PORT
// With -DDEFER completions are taken when the loop waits, without it when the kernel next lets the program go on.
#include <liburing.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

struct loop_state {
  bool inflight = false, receiving = false;  // asked of the kernel, not yet answered
  std::string sending;
  size_t sent = 0;
};
#include "floor_speech.hpp"

constexpr unsigned buffers = 1024, buffer_bytes = 8192;
enum kind : unsigned { accepted, received, sent };
static io_uring ring;
static io_uring_buf_ring* free_buffers;
static char* pool;
static std::vector<conn*> rearm;

static void hang_up(conn* c) { ::shutdown(c->fd, SHUT_RDWR); }  // what is under way ends; then it is closed
// Prepared first, named afterwards: io_uring_prep_… clears the name.
template <class Prepare>
static void ask(conn* c, kind k, Prepare prepare) {
  io_uring_sqe* q = io_uring_get_sqe(&ring);
  if (!q) {
    io_uring_submit(&ring);
    q = io_uring_get_sqe(&ring);
  }
  prepare(q);
  q->user_data = reinterpret_cast<uint64_t>(c) | k;
}
static void ask_accept(int l) {
  ask(nullptr, accepted, [l](io_uring_sqe* q) { io_uring_prep_multishot_accept(q, l, nullptr, nullptr, 0); });
}
static void ask_receive(conn* c) {
  ask(c, received, [c](io_uring_sqe* q) {
    io_uring_prep_recv_multishot(q, c->fd, nullptr, 0, 0);
    q->flags |= IOSQE_BUFFER_SELECT;
    q->buf_group = 0;
  });
  c->receiving = true;
}
static void ask_send(conn* c) {
  ask(c, sent, [c](io_uring_sqe* q) {
    io_uring_prep_send(q, c->fd, c->sending.data() + c->sent, c->sending.size() - c->sent, MSG_NOSIGNAL | MSG_WAITALL);
  });
  c->inflight = true;
}
static void flush(conn* c) {
  c->dirty = false;
  if (c->dead || c->inflight || c->out.empty()) return;
  c->sending.swap(c->out);
  c->out.clear();
  c->sent = 0;
  ask_send(c);
}
static void give_buffer(unsigned id, int at) {
  io_uring_buf_ring_add(free_buffers, pool + size_t(id) * buffer_bytes, buffer_bytes, static_cast<unsigned short>(id),
                        io_uring_buf_ring_mask(buffers), at);
}
[[noreturn]] static void fail(const char* what, int why) {
  fprintf(stderr, "floor_uring: %s: %s\n", what, strerror(why));
  exit(1);
}
static void set_up() {
  io_uring_params p{};
  p.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_CQSIZE;
#ifdef DEFER
  p.flags |= IORING_SETUP_DEFER_TASKRUN;
#else
  p.flags |= IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
#endif
  p.cq_entries = 16384;
  if (int e = io_uring_queue_init_params(4096, &ring, &p)) fail("the ring", -e);
  void* place = nullptr;
  if (int e = posix_memalign(&place, 4096, buffers * sizeof(io_uring_buf))) fail("the buffers", e);
  free_buffers = static_cast<io_uring_buf_ring*>(place);
  io_uring_buf_reg reg{};
  reg.ring_addr = reinterpret_cast<uint64_t>(place);
  reg.ring_entries = buffers;
  if (int e = io_uring_register_buf_ring(&ring, &reg, 0)) fail("the buffers", -e);
  io_uring_buf_ring_init(free_buffers);
  pool = static_cast<char*>(malloc(size_t(buffers) * buffer_bytes));
  for (unsigned i = 0; i < buffers; ++i) give_buffer(i, int(i));
  io_uring_buf_ring_advance(free_buffers, buffers);
}
static void on_sent(conn* c, int n) {
  c->inflight = false;
  if (n <= 0) return close_conn(c);
  c->sent += size_t(n);
  if (!c->dead && c->sent < c->sending.size()) return ask_send(c);
  c->sending.clear();
  if (!c->out.empty()) mark(c);
}
// How many buffers may be given back.
static int on_received(conn* c, const io_uring_cqe& e, int given) {
  if (e.flags & IORING_CQE_F_BUFFER) {
    const unsigned id = e.flags >> IORING_CQE_BUFFER_SHIFT;
    if (e.res > 0 && !c->dead) take(c, pool + size_t(id) * buffer_bytes, size_t(e.res));
    give_buffer(id, given++);
  }
  if (!(e.flags & IORING_CQE_F_MORE)) {
    c->receiving = false;
    if (e.res == -ENOBUFS || (e.res > 0 && !c->dead))
      rearm.push_back(c);
    else
      close_conn(c);
  }
  return given;
}
static void on_accepted(int l, const io_uring_cqe& e) {
  if (e.res >= 0) ask_receive(newcomer(e.res));
  if (!(e.flags & IORING_CQE_F_MORE)) ask_accept(l);
}
static void take_answers(int l) {
  io_uring_cqe* e;
  unsigned at, n = 0;
  int given = 0;
  io_uring_for_each_cqe(&ring, at, e) {
    ++n;
    auto* c = reinterpret_cast<conn*>(e->user_data & ~uint64_t(7));
    switch (e->user_data & 7) {
      case accepted: on_accepted(l, *e); break;
      case sent: on_sent(c, e->res); break;
      default: given = on_received(c, *e, given);
    }
  }
  if (given) io_uring_buf_ring_advance(free_buffers, given);
  io_uring_cq_advance(&ring, n);
}
static void bury() {
  size_t kept = 0;
  for (conn* c : graves) {
    if (c->inflight || c->receiving || c->dirty) {
      graves[kept++] = c;
      continue;
    }
    ::close(c->fd);
    delete c;
  }
  graves.resize(kept);
}
int main(int, char** v) {
  const int l = listener(v[1], 0);
  set_up();
  ask_accept(l);
  for (;;) {
    int e = io_uring_submit_and_wait(&ring, 1);
    if (e < 0 && e != -EINTR && e != -EBUSY && e != -ETIME) fail("waiting", -e);
    take_answers(l);
    for (conn* c : rearm)
      if (!c->dead) ask_receive(c);
    rearm.clear();
    for (size_t i = 0; i < dirty.size(); ++i) flush(dirty[i]);
    dirty.clear();
    bury();
  }
}
