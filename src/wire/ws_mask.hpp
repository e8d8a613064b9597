// ws_mask: the XOR of RFC 6455 §5.3, in place. Pure; a pass over the bytes, 32 a step (compilers vectorise it).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace jackfield::wire {

/// A masking key in the order of the wire; the first byte meets the next byte of the payload.
using ws_mask_key = std::array<char, 4>;

/// Masks or unmasks `size` bytes and turns the key, so that a payload may come in pieces cut anywhere.
inline void ws_apply_mask(char* data, std::size_t size, ws_mask_key& key) noexcept {
  std::array<char, 8> twice;
  std::memcpy(twice.data(), key.data(), 4);
  std::memcpy(twice.data() + 4, key.data(), 4);
  std::uint64_t pattern;
  std::memcpy(&pattern, twice.data(), 8);
  std::size_t at = 0;
  for (; at + 32 <= size; at += 32) {
    std::array<std::uint64_t, 4> words;
    std::memcpy(words.data(), data + at, 32);
    for (auto& word : words) word ^= pattern;
    std::memcpy(data + at, words.data(), 32);
  }
  for (; at + 8 <= size; at += 8) {
    std::uint64_t word;
    std::memcpy(&word, data + at, 8);
    word ^= pattern;
    std::memcpy(data + at, &word, 8);
  }
  if (at + 4 <= size) {
    std::uint32_t word;
    std::memcpy(&word, data + at, 4);
    word ^= static_cast<std::uint32_t>(pattern);
    std::memcpy(data + at, &word, 4);
    at += 4;
  }
  for (std::size_t i = 0; at < size; ++at, ++i) data[at] = static_cast<char>(data[at] ^ twice[i]);
  std::memcpy(key.data(), twice.data() + (size & 3), 4);
}

}  // namespace jackfield::wire
