// stamp: the first 24 characters of every payload that the load generator sends, so that a copy that comes back says which
// message it is, wherever it comes back to:
//
//    a1b2 03 0000002a 00000f4240 xxxxxxxx…       (without the blanks)
//    run  |  message  when it was meant to be sent, in 100 ns since the run began
//         thread
//
// `run` is random: what another run on the same server sends is not taken for ours. Pure, any thread.
#pragma once

#include "clock.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace jackfield::bench {

struct stamp {
  static constexpr std::size_t size = 24;
  static constexpr nanos unit = 100;

  std::uint16_t run = 0;
  std::uint8_t thread = 0;
  std::uint32_t message = 0;
  nanos meant = 0;  // since the run began; cut to the unit, and to 40 bits of it (30 hours)
};

/// Appends the stamp and as many 'x' as make it `bytes` long. REQUIRES: bytes >= stamp::size.
void append_stamped(std::string& out, const stamp& s, std::size_t bytes);
/// False: it does not begin with a stamp.
bool read_stamp(std::string_view text, stamp& out) noexcept;

}  // namespace jackfield::bench
