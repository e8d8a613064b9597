#include "wire/ws_deflate.hpp"
#include "wire/zlib_stream.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace jackfield::wire {

namespace {

constexpr std::size_t step_bytes = 16 * 1024;
constexpr std::size_t piece_bytes = std::size_t{1} << 30;  // zlib counts in unsigned int
constexpr std::string_view sync_tail{"\x00\x00\xff\xff", 4};
constexpr int at_block_boundary = 128;  // bit of z_stream::data_type

}  // namespace

struct ws_inflater::impl {
  zlib_format format;
  takeover keep;
  zlib_lease stream;   // none: no message is in work and the window is not kept
  bool ended = false;  // the last byte so far ended a block with BFINAL set

  status feed(std::string_view piece, std::string& out, std::size_t limit);
  status run(std::string& out, std::size_t limit);
  status finish(std::string& out, std::size_t limit);
};

ws_inflater::ws_inflater(int window_bits, takeover t)
    : impl_(new impl{{zlib_way::inflate, -std::clamp(window_bits, 9, 15), 0}, t, {}}) {}

ws_inflater::~ws_inflater() = default;

ws_inflater::status ws_inflater::inflate(std::string_view piece, bool last, std::string& out, std::size_t limit) {
  auto& self = *impl_;
  if (!self.stream) self.stream = borrow_stream(self.format);
  while (!piece.empty()) {
    const auto part = piece.substr(0, piece_bytes);
    if (const auto s = self.feed(part, out, limit); s != status::ok) return s;
    piece.remove_prefix(part.size());
  }
  return last ? self.finish(out, limit) : status::ok;
}

ws_inflater::status ws_inflater::impl::feed(std::string_view piece, std::string& out, std::size_t limit) {
  auto& z = stream->z();
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  z.avail_in = static_cast<uInt>(piece.size());
  return run(out, limit);
}

// One byte more than the limit is asked for, so that too much is told from just enough.
ws_inflater::status ws_inflater::impl::run(std::string& out, std::size_t limit) {
  auto& z = stream->z();
  std::array<char, step_bytes> step;
  do {
    const auto room = limit - out.size();
    const auto asked = room < step.size() ? room + 1 : step.size();
    z.next_out = reinterpret_cast<Bytef*>(step.data());
    z.avail_out = static_cast<uInt>(asked);
    ended = false;
    const int rc = ::inflate(&z, Z_SYNC_FLUSH);
    const auto made = asked - z.avail_out;
    if (rc == Z_MEM_ERROR) throw std::bad_alloc();
    out.append(step.data(), std::min(made, room));
    if (made > room) return status::too_big;
    if (rc == Z_STREAM_END) {  // BFINAL inside a message (RFC 7692 §7.2.3.4): blocks may follow and look back
      inflateResetKeep(&z);
      ended = true;
    } else if (rc == Z_BUF_ERROR) {
      break;
    } else if (rc != Z_OK) {
      return status::corrupt;
    }
  } while (z.avail_in != 0 || z.avail_out == 0);
  return status::ok;
}

// The tail that the sender took away ends an empty stored block; anything else means that the message was cut.
ws_inflater::status ws_inflater::impl::finish(std::string& out, std::size_t limit) {
  if (!ended) {
    if (const auto s = feed(sync_tail, out, limit); s != status::ok) return s;
    if ((stream->z().data_type & at_block_boundary) == 0 || ended) return status::corrupt;
  }
  ended = false;
  if (keep == takeover::none) stream.reset();
  return status::ok;
}

}  // namespace jackfield::wire
