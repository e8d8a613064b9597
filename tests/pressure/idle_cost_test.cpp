// What an idle connection costs: everything that the server's thread has allocated for it and not freed, counted as the allocator
// counts: with its head and its rounding. A connection that grows past the budget of docs/benchmarks.md fails here.
#include "pressure/memory.hpp"
#include "threads/ws_client.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

namespace {
thread_local std::size_t live_bytes = 0;

std::size_t cost_of(void* p) noexcept { return ::malloc_usable_size(p) + sizeof(std::size_t); }
}  // namespace

void* operator new(std::size_t n) {
  void* p = std::malloc(n);
  if (p == nullptr) throw std::bad_alloc();
  live_bytes += cost_of(p);
  return p;
}
void operator delete(void* p) noexcept {
  if (p != nullptr) live_bytes -= cost_of(p);
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept { operator delete(p); }

namespace jackfield::tests {
namespace {

/// Bytes for each of `n` clients that `make` connects, once the buffers of the moment are gone.
template <class Make>
std::size_t cost_per_client(served& s, std::size_t n, Make make) {
  const auto live = [&] { return s.on_worker([] { return live_bytes; }); };
  std::vector<ws_client> all;
  all.reserve(2 * n);
  for (std::size_t i = 0; i < n; ++i) make(all);  // what tables have to spare
  const auto before = live();
  for (std::size_t i = 0; i < n; ++i) make(all);
  return (live() - before) / n;
}

void four_handlers(const server& io) {
  io.on_connection([&io](socket s) {
    s.on("echo", [](arg payload, ack reply) { reply(payload); });
    s.on("cast", [&io](arg payload) { io.emit("cast", payload); });
    s.on("join", [](socket self, std::string room, ack reply) { self.join(room), reply(); });
    s.on("room", [&io](std::string_view room, arg payload) { io.to(room).emit("room", payload); });
  });
}

TEST(idle_cost, a_websocket_connection_with_one_namespace_and_four_handlers) {
  if (!memory_counts) GTEST_SKIP() << "instrumented";
  served s({});
  four_handlers(s.io);
  s.start();
  const auto bytes = cost_per_client(s, 512, [&](std::vector<ws_client>& all) { all.emplace_back(s.port); });
  RecordProperty("bytes", static_cast<int>(bytes));
  std::printf("%zu bytes\n", bytes);
  EXPECT_LE(bytes, 1408u);
}

}  // namespace
}  // namespace jackfield::tests
