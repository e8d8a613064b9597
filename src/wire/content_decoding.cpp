#include "wire/content_decoding.hpp"

#include "wire/http_text.hpp"
#include "wire/zlib_stream.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace jackfield::wire {

namespace {

constexpr int zlib_window = 15, gzip_window = 15 + 16, bare_window = -15;
constexpr std::size_t step_bytes = 16 * 1024;

decoding_result inflate_whole(std::string_view body, int window, std::size_t limit, std::string& out) {
  if (body.size() > std::numeric_limits<uInt>::max()) return decoding_result::too_big;
  const auto stream = borrow_stream({zlib_way::inflate, window, 0});
  auto& z = stream->z();
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  z.avail_in = static_cast<uInt>(body.size());
  std::array<char, step_bytes> step;
  for (;;) {
    z.next_out = reinterpret_cast<Bytef*>(step.data());
    z.avail_out = static_cast<uInt>(step.size());
    const int rc = ::inflate(&z, Z_NO_FLUSH);
    if (rc == Z_MEM_ERROR) throw std::bad_alloc();
    const auto made = step.size() - z.avail_out;
    if (made > limit - out.size()) return decoding_result::too_big;
    out.append(step.data(), made);
    if (rc == Z_STREAM_END) return z.avail_in == 0 ? decoding_result::ok : decoding_result::corrupt;
    if (rc != Z_OK) return decoding_result::corrupt;
  }
}

}  // namespace

decoding_result decode_content(std::string_view coding, std::string& body, std::size_t limit) {
  const bool gzip = equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip");
  const bool deflate = equal_ignoring_case(coding, "deflate");
  if (coding.empty() || equal_ignoring_case(coding, "identity"))
    return body.size() <= limit ? decoding_result::ok : decoding_result::too_big;
  if (!gzip && !deflate) return decoding_result::unknown;
  std::string out;
  auto r = inflate_whole(body, gzip ? gzip_window : zlib_window, limit, out);
  if (r == decoding_result::corrupt && deflate && out.empty()) r = inflate_whole(body, bare_window, limit, out);
  if (r == decoding_result::ok) body = std::move(out);
  return r;
}

}  // namespace jackfield::wire
