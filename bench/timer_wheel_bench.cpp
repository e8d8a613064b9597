// The timer wheel as sessions use it: heartbeats armed again and again, most never firing.
#include "base/timer_wheel.hpp"

#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <vector>

using namespace jackfield::base;
using namespace std::chrono_literals;

namespace {

struct counter {
  std::size_t fired = 0;
  void on_timer() { ++fired; }
  member_timer<counter, &counter::on_timer> timer_{*this};
};

std::vector<std::unique_ptr<counter>> counters(std::int64_t n) {
  std::vector<std::unique_ptr<counter>> out;
  for (std::int64_t i = 0; i < n; ++i) out.push_back(std::make_unique<counter>());
  return out;
}

/// Arming a timer that stands already, among `range(0)` others.
void rearm(benchmark::State& state) {
  timer_wheel w(time_point{});
  const auto all = counters(state.range(0));
  std::mt19937 rng(1);
  std::size_t i = 0;
  for (auto _ : state) {
    w.arm(all[i]->timer_, std::chrono::milliseconds(25'000 + (rng() & 1023)));
    if (++i == all.size()) i = 0;
  }
}

/// One millisecond of a thread with `range(0)` sessions whose timers fire every 25 s and are armed again.
void millisecond(benchmark::State& state) {
  timer_wheel w(time_point{});
  const auto all = counters(state.range(0));
  std::mt19937 rng(1);
  for (auto& c : all) w.arm(c->timer_, std::chrono::milliseconds(rng() % 25'000));
  std::size_t next = 0;
  for (auto _ : state) {
    auto fired = w.advance(w.now() + 1ms);
    for (; fired > 0; --fired, ++next) w.arm(all[next % all.size()]->timer_, 25s);
    benchmark::DoNotOptimize(w.next_deadline());
  }
}

/// A jump over an hour with one timer at its end.
void long_gap(benchmark::State& state) {
  timer_wheel w(time_point{});
  counter c;
  for (auto _ : state) {
    w.arm(c.timer_, 1h);
    benchmark::DoNotOptimize(w.advance(w.now() + 1h));
  }
}

}  // namespace

BENCHMARK(rearm)->Arg(1'000)->Arg(100'000);
BENCHMARK(millisecond)->Arg(1'000)->Arg(100'000);
BENCHMARK(long_gap);

BENCHMARK_MAIN();
