#include "base/ids.hpp"

#include "base/base64.hpp"
#include "base/random.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace jackfield::base {
namespace {

constexpr std::size_t id_bytes = 15, ids_per_read = 64;

/// After a fork, parent and child must not give out the same ids: the child throws its stores away.
std::atomic<unsigned> forks{0};
[[maybe_unused]] const int watching_forks =
    ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });

struct store {
  std::array<std::byte, id_bytes * ids_per_read> random;
  std::size_t used = sizeof random;
  unsigned generation = 0;
};

}  // namespace

std::string random_id() {
  thread_local store s;
  const auto now = forks.load(std::memory_order_relaxed);
  if (s.used == s.random.size() || s.generation != now) {
    fill_random(s.random);
    s.used = 0;
    s.generation = now;
  }
  const auto mine = std::span(s.random).subspan(s.used, id_bytes);
  std::string id;
  base64url_encode(mine, id);
  std::ranges::fill(mine, std::byte{0});
  s.used += id_bytes;
  return id;
}

}  // namespace jackfield::base
