// hash: SipHash-1-3 of strings under a key that the process draws at start, so that nobody outside can choose
// names that collide (oCERT-2011-003). Any thread; about 20 ns for 20 bytes.
#pragma once

#include <cstdint>
#include <string_view>

namespace jackfield::base {

struct hash_key {
  std::uint64_t k0, k1;
};

/// SipHash with one compression and three finalization rounds.
std::uint64_t siphash13(std::string_view text, const hash_key& key) noexcept;
/// Drawn from the kernel's random source at the first call.
const hash_key& process_hash_key() noexcept;

/// The hasher of containers with string keys that strangers choose:
/// `boost::unordered_flat_map<std::string, T, string_hash, std::equal_to<>>` finds by string_view without a copy.
struct string_hash {
  using is_transparent = void;
  using is_avalanching = void;  // boost: the bits need no more mixing
  std::size_t operator()(std::string_view text) const noexcept {
    return static_cast<std::size_t>(siphash13(text, process_hash_key()));
  }
};

}  // namespace jackfield::base
