// random: bytes from the kernel's random source, nothing else (S19). Any thread.
#pragma once

#include <cstddef>
#include <span>

namespace jackfield::base {

/// Fills `out` straight from the kernel. A kernel that cannot deliver ends the process: to go on with guessable
/// ids or keys would be worse.
void fill_random(std::span<std::byte> out) noexcept;

}  // namespace jackfield::base
