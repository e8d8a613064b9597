// out_queue: what a connection still has to send. Small pieces are copied one after another into pooled
// blocks, large shared ones are kept by reference; one writev per flush. An empty queue holds no memory.
// Owner: one stream. Thread: its worker's. The pool is the worker's and outlives its queues; used blocks belong to no pool.
#pragma once

#include "base/shared_bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

struct iovec;

namespace jackfield::net {

/// One piece of a queue: room for bytes behind it, or a reference to shared ones.
struct out_node {
  out_node* next = nullptr;
  std::uint32_t begin = 0, end = 0;  // of room(), unsent
  std::uint32_t capacity = 0;        // 0: a reference
  base::shared_bytes shared;
  std::size_t shared_begin = 0;

  char* room() noexcept { return reinterpret_cast<char*>(this + 1); }
  std::string_view unsent() noexcept {
    return capacity ? std::string_view(room() + begin, end - begin) : shared.chars().substr(shared_begin);
  }
};

/// Free blocks, last used first. Two sizes; keeps a bounded number, and in quiet times fewer.
class out_pool {
 public:
  out_pool() = default;
  out_pool(const out_pool&) = delete;
  out_pool& operator=(const out_pool&) = delete;
  ~out_pool();

  // Odd multiples of a cache line, so that the heads of many blocks do not share cache sets.
  static constexpr std::size_t small_bytes = 17 * 64 - 16, large_bytes = 257 * 64 - 16;
  static constexpr std::size_t kept_small = 2048, kept_large = 64;

  out_node* take_small() { return take(small_, small_bytes); }
  out_node* take_large() { return take(large_, large_bytes); }
  out_node* take_reference(base::shared_bytes data);
  void give_back(out_node* n) noexcept;
  /// Frees the blocks that nobody needed since the last call. Returns how many bytes that were.
  std::size_t free_unused() noexcept;
  /// In free blocks.
  std::size_t kept_bytes() const noexcept;

 private:
  struct shelf {
    out_node* first = nullptr;
    std::size_t count = 0;
    std::size_t least = 0;  // so few there were at one time since the last free_unused()
  };
  static out_node* take_from(shelf& s) noexcept;
  static std::size_t free_unused(shelf& s) noexcept;
  out_node* take(shelf& s, std::size_t bytes);
  static void release(shelf& s, out_node* n, std::size_t kept) noexcept;
  static void drop(shelf& s) noexcept;
  shelf small_, large_, references_;
};

class out_queue {
 public:
  explicit out_queue(out_pool& pool) noexcept : pool_(&pool) {}
  out_queue(const out_queue&) = delete;
  out_queue& operator=(const out_queue&) = delete;
  ~out_queue() { clear(); }

  /// From this size on shared bytes are referenced instead of copied (measured: docs/benchmarks.md).
  static constexpr std::size_t reference_from = 4096;

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  void append(std::string_view bytes) {
    if (bytes.empty()) return;  // may point nowhere, which memcpy does not take
    if (!last_ || last_->capacity - last_->end < bytes.size()) return append_pieces(bytes);
    std::memcpy(last_->room() + last_->end, bytes.data(), bytes.size());
    last_->end += static_cast<std::uint32_t>(bytes.size());
    size_ += bytes.size();
  }
  void append(const base::shared_bytes& bytes);
  /// n contiguous bytes to be written at once (n ≤ 64), e.g. a frame head and a short payload.
  char* claim(std::size_t n);

  /// Fills `out` with the first unsent pieces; returns how many.
  std::size_t gather(std::span<iovec> out) noexcept;
  /// The first n bytes were sent.
  void consume(std::size_t n) noexcept;
  void clear() noexcept;
  /// Into the cache, soon to be gathered.
  void fetch() const noexcept {
    if (!first_) return;
    __builtin_prefetch(first_);
    __builtin_prefetch(first_->room() + 15);  // where the line behind the head begins at the latest
  }
  /// The same, soon to be appended to.
  void fetch_end() const noexcept {
    if (last_) __builtin_prefetch(last_, 1);
  }
  /// The stream goes on at another worker: blocks come from that one's pool, and go to it.
  void move_to(out_pool& pool) noexcept { pool_ = &pool; }

 private:
  void append_pieces(std::string_view bytes);
  out_node* writable();
  void push(out_node* n) noexcept;

  out_pool* pool_;
  out_node* first_ = nullptr;
  out_node* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace jackfield::net
