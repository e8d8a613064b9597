// The mailbox beside the lock-free alternative: a list with a node per item, taken out in one exchange.
#include "base/function.hpp"
#include "base/mpsc_queue.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <thread>

using jackfield::base::mpsc_queue;
using task = jackfield::base::unique_function<void()>;

namespace {

template <class T>
class lock_free_list {
 public:
  bool push(T item) {
    auto* n = new node{std::move(item), nullptr};
    auto* below = head_.load(std::memory_order_relaxed);
    do n->next = below;
    while (!head_.compare_exchange_weak(below, n, std::memory_order_release, std::memory_order_relaxed));
    return below == nullptr;
  }
  void take_all(std::vector<T>& out) {
    out.clear();
    node* reversed = nullptr;
    for (auto* n = head_.exchange(nullptr, std::memory_order_acquire); n;) {
      auto* next = n->next;
      n->next = reversed;
      reversed = std::exchange(n, next);
    }
    while (reversed) {
      out.push_back(std::move(reversed->item));
      delete std::exchange(reversed, reversed->next);
    }
  }

 private:
  struct node {
    T item;
    node* next;
  };
  std::atomic<node*> head_{nullptr};
};

/// One thread, batches of `range(0)`: the price of the operations themselves.
template <class Queue>
void batches(benchmark::State& state) {
  Queue q;
  std::vector<task> out;
  const auto batch = state.range(0);
  int sum = 0;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < batch; ++i) q.push([&sum] { ++sum; });
    q.take_all(out);
    for (auto& f : out) f();
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations() * batch);
}

/// Producers against a consumer that never rests.
template <class Queue>
void contended(benchmark::State& state) {
  static Queue q;
  static std::atomic<bool> stop;
  static std::thread consumer;
  if (state.thread_index() == 0) {
    stop = false;
    consumer = std::thread([] {
      std::vector<task> out;
      while (!stop) {
        q.take_all(out);
        for (auto& f : out) f();
      }
      q.take_all(out);
    });
  }
  for (auto _ : state) q.push([] {});
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) {
    stop = true;
    consumer.join();
  }
}

}  // namespace

BENCHMARK(batches<mpsc_queue<task>>)->Name("mutex_vector/batches")->Arg(1)->Arg(16)->Arg(1024);
BENCHMARK(batches<lock_free_list<task>>)->Name("lock_free_list/batches")->Arg(1)->Arg(16)->Arg(1024);
BENCHMARK(contended<mpsc_queue<task>>)->Name("mutex_vector/contended")->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(contended<lock_free_list<task>>)->Name("lock_free_list/contended")->Threads(1)->Threads(2)->UseRealTime();

BENCHMARK_MAIN();
