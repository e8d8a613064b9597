#include "net/out_queue.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace jackfield::net {

out_pool::~out_pool() {
  drop(small_);
  drop(large_);
  drop(references_);
}

void out_pool::drop(shelf& s) noexcept {
  while (s.first) {
    out_node* n = s.first;
    s.first = n->next;
    n->~out_node();
    ::operator delete(n);
  }
}

/// Null: there is none.
out_node* out_pool::take_from(shelf& s) noexcept {
  out_node* n = s.first;
  if (!n) return nullptr;
  s.first = n->next;
  __builtin_prefetch(s.first);
  if (--s.count < s.least) s.least = s.count;
  n->next = nullptr;
  return n;
}

std::size_t out_pool::free_unused(shelf& s) noexcept {
  const std::size_t unused = s.least;
  for (std::size_t i = 0; i < unused; ++i) {
    out_node* n = take_from(s);
    n->~out_node();
    ::operator delete(n);
  }
  s.least = s.count;
  return unused;
}

std::size_t out_pool::free_unused() noexcept {
  return free_unused(small_) * small_bytes + free_unused(large_) * large_bytes + free_unused(references_) * sizeof(out_node);
}

std::size_t out_pool::kept_bytes() const noexcept {
  return small_.count * small_bytes + large_.count * large_bytes + references_.count * sizeof(out_node);
}

out_node* out_pool::take(shelf& s, std::size_t bytes) {
  if (out_node* n = take_from(s)) {
    n->begin = n->end = 0;
    return n;
  }
  auto* n = ::new (::operator new(bytes)) out_node;
  n->capacity = static_cast<std::uint32_t>(bytes - sizeof(out_node));
  return n;
}

out_node* out_pool::take_reference(base::shared_bytes data) {
  out_node* n = take_from(references_);
  if (!n) n = ::new (::operator new(sizeof(out_node))) out_node;
  n->shared = std::move(data);
  n->shared_begin = 0;
  return n;
}

void out_pool::release(shelf& s, out_node* n, std::size_t kept) noexcept {
  if (s.count >= kept) {
    n->~out_node();
    ::operator delete(n);
    return;
  }
  n->next = s.first;
  s.first = n;
  ++s.count;
}

void out_pool::give_back(out_node* n) noexcept {
  if (n->capacity == 0) {
    n->shared = {};
    release(references_, n, kept_small);
  } else if (n->capacity + sizeof(out_node) == small_bytes) {
    release(small_, n, kept_small);
  } else {
    release(large_, n, kept_large);
  }
}

void out_queue::push(out_node* n) noexcept {
  (last_ ? last_->next : first_) = n;
  last_ = n;
}

out_node* out_queue::writable() {
  if (last_ && last_->end < last_->capacity) return last_;
  push(first_ ? pool_->take_large() : pool_->take_small());  // the first block is small: most answers are
  return last_;
}

void out_queue::append_pieces(std::string_view bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    out_node* n = writable();
    std::size_t fits = std::min<std::size_t>(bytes.size(), n->capacity - n->end);
    std::memcpy(n->room() + n->end, bytes.data(), fits);
    n->end += static_cast<std::uint32_t>(fits);
    bytes.remove_prefix(fits);
  }
}

void out_queue::append(const base::shared_bytes& bytes) {
  if (bytes.size() < reference_from) return append(bytes.chars());
  push(pool_->take_reference(bytes));
  size_ += bytes.size();
}

char* out_queue::claim(std::size_t n) {
  if (!last_ || last_->capacity - last_->end < n) push(first_ ? pool_->take_large() : pool_->take_small());
  char* at = last_->room() + last_->end;
  last_->end += static_cast<std::uint32_t>(n);
  size_ += n;
  return at;
}

std::size_t out_queue::gather(std::span<iovec> out) noexcept {
  std::size_t count = 0;
  for (out_node* n = first_; n && count < out.size(); n = n->next) {
    std::string_view piece = n->unsent();
    out[count++] = {const_cast<char*>(piece.data()), piece.size()};
  }
  return count;
}

void out_queue::consume(std::size_t n) noexcept {
  size_ -= n;
  while (first_) {
    std::size_t here = first_->unsent().size();
    if (n < here) {
      if (first_->capacity)
        first_->begin += static_cast<std::uint32_t>(n);
      else
        first_->shared_begin += n;
      return;
    }
    n -= here;
    out_node* done = first_;
    first_ = done->next;
    pool_->give_back(done);
  }
  last_ = nullptr;
}

void out_queue::clear() noexcept {
  while (first_) {
    out_node* n = first_;
    first_ = n->next;
    pool_->give_back(n);
  }
  last_ = nullptr;
  size_ = 0;
}

}  // namespace jackfield::net
