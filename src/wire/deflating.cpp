#include "wire/deflating.hpp"

#include <array>

namespace jackfield::wire {

namespace {

constexpr std::size_t step_bytes = 16 * 1024;              // zlib asks for more than 6 at a flush
constexpr std::size_t piece_bytes = std::size_t{1} << 30;  // zlib counts in unsigned int

}  // namespace

void deflate_into(z_stream& z, std::string_view text, int flush, std::string& out) {
  std::array<char, step_bytes> step;
  do {
    const auto piece = text.substr(0, piece_bytes);
    text.remove_prefix(piece.size());
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    z.avail_in = static_cast<uInt>(piece.size());
    do {
      z.next_out = reinterpret_cast<Bytef*>(step.data());
      z.avail_out = static_cast<uInt>(step.size());
      ::deflate(&z, text.empty() ? flush : Z_NO_FLUSH);
      out.append(step.data(), step.size() - z.avail_out);
    } while (z.avail_out == 0);
  } while (!text.empty());
}

}  // namespace jackfield::wire
