// Rooms: what a broadcast's walk costs per receiver, and joining and leaving.
#include "adapter/rooms.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

using namespace jackfield::adapter;

namespace {

struct person final : member {
  explicit person(int i) : name("0123456789abcdef" + std::to_string(1000 + i)) {}
  std::string_view member_id() const noexcept override { return name; }
  std::string name;
};

struct hall {
  explicit hall(int n) {
    for (int i = 0; i < n; ++i) {
      all.push_back(std::make_unique<person>(i));
      r.enter(*all.back());
      r.join(*all.back(), "x");
      if (i % 2 == 0) r.join(*all.back(), "y");
    }
  }
  ~hall() {
    for (auto& p : all) r.exit(*p);
  }
  rooms r;
  std::vector<std::unique_ptr<person>> all;
};

void walk(benchmark::State& state, std::vector<std::string_view> in, std::vector<std::string_view> except) {
  hall h(static_cast<int>(state.range(0)));
  std::size_t visits = 0;
  for (auto _ : state) h.r.walk({in, except, nullptr}, [&](member& m) { benchmark::DoNotOptimize(&m), ++visits; });
  state.SetItemsProcessed(static_cast<std::int64_t>(visits));
}

void join_and_leave(benchmark::State& state) {
  hall h(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    h.r.join(*h.all[0], "z");
    h.r.leave(*h.all[0], "x");
    h.r.join(*h.all[0], "x");
    h.r.leave(*h.all[0], "z");
  }
  state.SetItemsProcessed(state.iterations() * 4);
}

}  // namespace

BENCHMARK_CAPTURE(walk, one_room, {"x"}, {})->Arg(100)->Arg(10000);
BENCHMARK_CAPTURE(walk, everybody, {}, {})->Arg(100)->Arg(10000);
BENCHMARK_CAPTURE(walk, two_rooms, {"x", "y"}, {})->Arg(100)->Arg(10000);
BENCHMARK_CAPTURE(walk, one_without_another, {"x"}, {"y"})->Arg(100)->Arg(10000);
BENCHMARK(join_and_leave)->Arg(10)->Arg(10000);
BENCHMARK_MAIN();
