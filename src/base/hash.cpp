#include "base/hash.hpp"

#include "base/random.hpp"

#include <bit>
#include <cstring>

namespace jackfield::base {
namespace {

struct sip {
  std::uint64_t a, b, c, d;

  explicit sip(const hash_key& k) noexcept
      : a(k.k0 ^ 0x736f6d6570736575u),
        b(k.k1 ^ 0x646f72616e646f6du),
        c(k.k0 ^ 0x6c7967656e657261u),
        d(k.k1 ^ 0x7465646279746573u) {}

  void round() noexcept {
    a += b;
    c += d;
    b = std::rotl(b, 13) ^ a;
    d = std::rotl(d, 16) ^ c;
    a = std::rotl(a, 32);
    c += b;
    a += d;
    b = std::rotl(b, 17) ^ c;
    d = std::rotl(d, 21) ^ a;
    c = std::rotl(c, 32);
  }
  void add(std::uint64_t word) noexcept {
    d ^= word;
    round();
    a ^= word;
  }
  std::uint64_t finish() noexcept {
    c ^= 0xFF;
    for (int i = 0; i < 3; ++i) round();
    return a ^ b ^ c ^ d;
  }
};

/// Up to 8 bytes, little-endian.
std::uint64_t load(const char* p, std::size_t n) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, p, n);
  static_assert(std::endian::native == std::endian::little);
  return word;
}

}  // namespace

std::uint64_t siphash13(std::string_view text, const hash_key& key) noexcept {
  sip s(key);
  const char* p = text.data();
  std::size_t n = text.size();
  for (; n >= 8; n -= 8, p += 8) s.add(load(p, 8));
  s.add(static_cast<std::uint64_t>(text.size()) << 56 | (n ? load(p, n) : 0));
  return s.finish();
}

const hash_key& process_hash_key() noexcept {
  static const hash_key key = [] {
    hash_key k;
    fill_random(std::as_writable_bytes(std::span(&k, 1)));
    return k;
  }();
  return key;
}

}  // namespace jackfield::base
