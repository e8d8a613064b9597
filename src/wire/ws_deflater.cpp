#include "wire/deflating.hpp"
#include "wire/ws_deflate.hpp"

#include <algorithm>

namespace jackfield::wire {

namespace {

constexpr std::size_t sync_tail_bytes = 4;  // 00 00 FF FF

}  // namespace

struct ws_deflater::impl {
  zlib_format format;
  takeover keep;
  zlib_lease stream;  // none: the window is not kept
};

ws_deflater::ws_deflater(int window_bits, takeover t, int level)
    : impl_(new impl{{zlib_way::deflate, -std::clamp(window_bits, 9, 15), std::clamp(level, 0, 9)}, t, {}}) {}

ws_deflater::~ws_deflater() = default;

void ws_deflater::deflate(std::string_view message, std::string& out) {
  if (message.empty()) {  // zlib makes nothing of a second flush without input; one empty block is what it would be
    out.push_back('\0');
    return;
  }
  auto& self = *impl_;
  if (!self.stream) self.stream = borrow_stream(self.format);
  deflate_into(self.stream->z(), message, Z_SYNC_FLUSH, out);
  out.resize(out.size() - sync_tail_bytes);
  if (self.keep == takeover::none) self.stream.reset();
}

void ws_deflater::start_afresh() noexcept {
  if (impl_->stream) impl_->stream->reset();
}

}  // namespace jackfield::wire
