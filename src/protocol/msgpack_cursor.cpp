// Heads of MessagePack values.
#include "protocol/msgpack.hpp"

#include <bit>

namespace jackfield::protocol::msgpack {

/// A number of so many bytes, the highest first.
bool cursor::number(std::size_t bytes, std::uint64_t& out) noexcept {
  if (rest_.size() < bytes) return false;
  out = 0;
  for (std::size_t i = 0; i < bytes; ++i) out = out << 8 | static_cast<unsigned char>(rest_[i]);
  rest_.remove_prefix(bytes);
  return true;
}

bool cursor::signed_number(std::size_t bytes, head& h) noexcept {
  std::uint64_t n = 0;
  if (!number(bytes, n)) return false;
  const auto unused = static_cast<unsigned>(64 - 8 * bytes);
  h.what = kind::integer;
  h.integer = static_cast<std::int64_t>(n << unused) >> unused;
  return true;
}

/// Size, then so many bytes.
bool cursor::sized(kind k, std::size_t size_bytes, head& h) noexcept {
  std::uint64_t n = 0;
  if (!number(size_bytes, n) || n > rest_.size()) return false;
  h.what = k;
  h.size = static_cast<std::size_t>(n);
  return true;
}

/// A value takes a byte at least.
bool cursor::counted(kind k, std::uint64_t n, head& h) noexcept {
  if (n > rest_.size() / (k == kind::map ? 2 : 1)) return false;
  h.what = k;
  h.size = static_cast<std::size_t>(n);
  return true;
}

/// Type, then so many bytes.
bool cursor::extended(std::size_t size, head& h) noexcept {
  if (rest_.empty() || size > rest_.size() - 1) return false;
  h.extension = static_cast<std::int8_t>(rest_.front());
  rest_.remove_prefix(1);
  h.what = h.extension == 0 ? kind::binary : kind::extension;
  h.size = size;
  return true;
}

bool cursor::take(head& h) noexcept {
  if (rest_.empty()) return false;
  const auto prefix = static_cast<unsigned char>(rest_.front());
  rest_.remove_prefix(1);
  if (prefix < 0x80) {
    h.what = kind::unsigned_integer;
    h.unsigned_integer = prefix;
    return true;
  }
  if (prefix < 0x90) return counted(kind::map, prefix & 0x0Fu, h);
  if (prefix < 0xA0) return counted(kind::array, prefix & 0x0Fu, h);
  if (prefix < 0xC0) {
    h.what = kind::string;
    h.size = prefix & 0x1Fu;
    return h.size <= rest_.size();
  }
  if (prefix >= 0xE0) {
    h.what = kind::integer;
    h.integer = static_cast<std::int8_t>(prefix);
    return true;
  }
  return rare(prefix, h);
}

/// C0 to DF.
bool cursor::rare(unsigned char prefix, head& h) noexcept {
  std::uint64_t n = 0;
  switch (prefix) {
    case 0xC0: h.what = kind::nil; return true;
    case 0xC2:
    case 0xC3: h.what = kind::boolean; return h.boolean = prefix == 0xC3, true;
    case 0xC4:
    case 0xC5:
    case 0xC6: return sized(kind::binary, std::size_t{1} << (prefix - 0xC4), h);
    case 0xC7:
    case 0xC8:
    case 0xC9: return number(std::size_t{1} << (prefix - 0xC7), n) && extended(static_cast<std::size_t>(n), h);
    case 0xCA:
      if (!number(4, n)) return false;
      h.what = kind::real;
      h.real = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(n)));
      return true;
    case 0xCB:
      if (!number(8, n)) return false;
      h.what = kind::real;
      h.real = std::bit_cast<double>(n);
      return true;
    case 0xCC:
    case 0xCD:
    case 0xCE:
    case 0xCF: h.what = kind::unsigned_integer; return number(std::size_t{1} << (prefix - 0xCC), h.unsigned_integer);
    case 0xD0:
    case 0xD1:
    case 0xD2:
    case 0xD3: return signed_number(std::size_t{1} << (prefix - 0xD0), h);
    case 0xD9:
    case 0xDA:
    case 0xDB: return sized(kind::string, std::size_t{1} << (prefix - 0xD9), h);
    case 0xDC:
    case 0xDD: return number(prefix == 0xDC ? 2 : 4, n) && counted(kind::array, n, h);
    case 0xDE:
    case 0xDF: return number(prefix == 0xDE ? 2 : 4, n) && counted(kind::map, n, h);
    default: break;
  }
  if (prefix == 0xC1) return false;                                   // never used
  if (!extended(std::size_t{1} << (prefix - 0xD4), h)) return false;  // D4 to D8
  const bool reference = h.extension == 0;
  h.what = kind::extension;
  if (reference && h.size == 1) {
    rest_.remove_prefix(1);
    h.what = kind::undefined;
  } else if (reference && h.size == 8) {
    signed_number(8, h);
    h.what = kind::date;
  }
  return true;
}

std::string_view cursor::content(const head& h) noexcept {
  const auto out = rest_.substr(0, h.size);
  rest_.remove_prefix(out.size());
  return out;
}

bool cursor::skip() noexcept {
  for (std::uint64_t left = 1; left > 0; --left) {
    head h;
    if (!take(h)) return false;
    switch (h.what) {
      case kind::string:
      case kind::binary:
      case kind::extension: content(h); break;
      case kind::array: left += h.size; break;
      case kind::map: left += 2 * h.size; break;
      default: break;
    }
  }
  return true;
}

}  // namespace jackfield::protocol::msgpack
