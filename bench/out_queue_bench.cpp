// Output of a broadcast: the same frames into the queues of 200 clients, then one system call for each. From which size on is it
// cheaper to refer to a frame than to copy it? Change out_queue::reference_from to see the other side.
#include "net/out_queue.hpp"

#include <benchmark/benchmark.h>

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

using jackfield::base::shared_bytes;
using jackfield::net::out_pool;
using jackfield::net::out_queue;

namespace {

struct client {
  explicit client(out_pool& pool) : queue(pool) {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) throw std::runtime_error("no socket pair");
    const int room = 1 << 20;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  }
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  ~client() {
    queue.clear();
    ::close(ends[0]);
    ::close(ends[1]);
  }
  void flush() {
    std::array<iovec, 64> pieces;
    msghdr m{};
    m.msg_iov = pieces.data();
    m.msg_iovlen = queue.gather(pieces);
    const auto n = ::sendmsg(ends[0], &m, MSG_NOSIGNAL);
    queue.consume(n > 0 ? static_cast<std::size_t>(n) : 0);
  }
  void drain(std::span<char> into) {
    while (::recv(ends[1], into.data(), into.size(), 0) > 0) {
    }
  }
  int ends[2];
  out_queue queue;
};

/// range(0): bytes of a frame, range(1): frames in a turn.
void broadcast(benchmark::State& state) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  out_pool pool;
  std::vector<std::unique_ptr<client>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<client>(pool));
  std::vector<char> sink(1 << 20);
  for (auto _ : state) {
    std::vector<shared_bytes> frames;
    for (std::int64_t i = 0; i < state.range(1); ++i)
      frames.emplace_back(std::string(static_cast<std::size_t>(state.range(0)), 'x'));
    for (auto& c : clients) {
      for (const auto& f : frames) c->queue.append(f);
    }
    for (auto& c : clients) c->flush();
    state.PauseTiming();
    for (auto& c : clients) c->drain(sink);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(clients.size()) * state.range(1));
}
BENCHMARK(broadcast)->ArgsProduct({{256, 512, 1024, 2048, 4096, 8192, 16384}, {1, 8}});

}  // namespace

BENCHMARK_MAIN();
