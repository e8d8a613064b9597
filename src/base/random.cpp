#include "base/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace jackfield::base {

void fill_random(std::span<std::byte> out) noexcept {
  while (!out.empty()) {
    const auto n = ::getrandom(out.data(), out.size(), 0);
    if (n > 0) {
      out = out.subspan(static_cast<std::size_t>(n));
    } else if (n < 0 && errno != EINTR) {
      std::abort();
    }
  }
}

}  // namespace jackfield::base
