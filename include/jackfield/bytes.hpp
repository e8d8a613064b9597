// Binary data: the owning and the borrowed form. Floor 0, no dependencies.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace jackfield {

/// Owned binary data. A Socket.IO argument may be one, or hold one anywhere inside.
using bytes = std::vector<std::byte>;

/// Borrowed binary data; valid only as long as its owner says.
using bytes_view = std::span<const std::byte>;

/// The same memory seen as bytes. Costs nothing.
inline bytes_view as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// The same memory seen as characters. Costs nothing; says nothing about UTF-8.
inline std::string_view as_chars(bytes_view data) noexcept { return {reinterpret_cast<const char*>(data.data()), data.size()}; }

}  // namespace jackfield
