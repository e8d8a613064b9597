// shared_bytes: immutable bytes shared by reference: one allocation holds the count and the bytes.
// Copies are cheap and may be made and dropped on any thread.
#pragma once

#include <jackfield/bytes.hpp>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <string_view>
#include <utility>

namespace jackfield::base {

class shared_bytes {
 public:
  shared_bytes() noexcept = default;
  explicit shared_bytes(std::string_view text) : shared_bytes({text}) {}

  /// The parts, one after another.
  shared_bytes(std::initializer_list<std::string_view> parts) {
    std::size_t n = 0;
    for (auto p : parts) n += p.size();
    char* out = allocate(n);
    for (auto p : parts) {
      if (!p.empty()) std::memcpy(out, p.data(), p.size());
      out += p.size();
    }
  }
  /// n bytes that `fill(char*)` writes before anybody else sees them.
  template <class Fill>
  static shared_bytes filled(std::size_t n, Fill&& fill) {
    shared_bytes b;
    fill(b.allocate(n));
    return b;
  }

  shared_bytes(const shared_bytes& o) noexcept : block_(o.block_) {
    if (block_) block_->count.fetch_add(1, std::memory_order_relaxed);
  }
  shared_bytes(shared_bytes&& o) noexcept : block_(std::exchange(o.block_, nullptr)) {}
  shared_bytes& operator=(shared_bytes o) noexcept {
    std::swap(block_, o.block_);
    return *this;
  }
  ~shared_bytes() {
    if (block_ && block_->count.fetch_sub(1, std::memory_order_acq_rel) == 1) ::operator delete(block_);
  }

  std::string_view chars() const noexcept { return block_ ? std::string_view(block_->data(), block_->size) : std::string_view(); }
  bytes_view view() const noexcept { return as_bytes(chars()); }
  std::size_t size() const noexcept { return block_ ? block_->size : 0; }
  bool empty() const noexcept { return size() == 0; }

 private:
  struct block {
    std::atomic<std::uint32_t> count;
    std::size_t size;
    char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
  };
  char* allocate(std::size_t n) {
    block_ = ::new (::operator new(sizeof(block) + n)) block{1, n};
    return block_->data();
  }

  block* block_ = nullptr;
};

}  // namespace jackfield::base
