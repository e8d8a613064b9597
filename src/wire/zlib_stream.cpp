#include "wire/zlib_stream.hpp"

#include <array>
#include <cstring>
#include <new>

namespace jackfield::wire {

namespace {

constexpr int memory_level = 8;  // zlib's default: 128 KiB of hash chains

voidpf allocate(voidpf, uInt items, uInt size) {
  const auto bytes = static_cast<std::size_t>(items) * size;
  return ::operator new(bytes, std::nothrow);
}

void release(voidpf, voidpf memory) { ::operator delete(memory); }

// A thread at its end, or static objects behind it, may still let go of streams: the flag outlives the pool.
thread_local bool pool_is_gone = false;

struct pool {
  std::array<std::unique_ptr<zlib_stream>, 4> idle;
  ~pool() { pool_is_gone = true; }
};

pool& this_threads_pool() {
  thread_local pool p;
  return p;
}

}  // namespace

zlib_stream::zlib_stream(const zlib_format& format) : format_(format) {
  z_.zalloc = allocate;
  z_.zfree = release;
  const int rc = format.way == zlib_way::inflate
                     ? inflateInit2(&z_, format.window_bits)
                     : deflateInit2(&z_, format.level, Z_DEFLATED, format.window_bits, memory_level, Z_DEFAULT_STRATEGY);
  if (rc != Z_OK) throw std::bad_alloc();
}

zlib_stream::~zlib_stream() {
  if (format_.way == zlib_way::inflate) {
    inflateEnd(&z_);
  } else {
    deflateEnd(&z_);
  }
}

void zlib_stream::reset() noexcept {
  if (format_.way == zlib_way::inflate) {
    inflateReset(&z_);
  } else {
    deflateReset(&z_);
  }
}

void zlib_return::operator()(zlib_stream* stream) const noexcept {
  std::unique_ptr<zlib_stream> owned(stream);
  if (pool_is_gone) return;
  for (auto& place : this_threads_pool().idle) {
    if (!place) {
      place = std::move(owned);
      return;
    }
  }
}

zlib_lease borrow_stream(const zlib_format& format) {
  if (!pool_is_gone) {
    for (auto& place : this_threads_pool().idle) {
      if (place && place->format() == format) {
        place->reset();
        return zlib_lease(place.release());
      }
    }
  }
  return zlib_lease(new zlib_stream(format));
}

}  // namespace jackfield::wire
