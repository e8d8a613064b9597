// ids: names of sessions and sockets that nobody can guess: 120 bits of the kernel's randomness, 20 base64url
// characters (S19, protocol.md 1.3). Any thread: each keeps a small store of random bytes, so that an id costs a
// copy and one system call serves 64 of them. Used bytes are wiped from the store.
#pragma once

#include <cstddef>
#include <string>

namespace jackfield::base {

inline constexpr std::size_t id_length = 20;  // characters

std::string random_id();

}  // namespace jackfield::base
