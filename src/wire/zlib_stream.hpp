// zlib_stream: a z_stream with an owner, and a small pool of them per thread, for work that keeps no state between
// two messages: making one costs up to 256 KiB of fresh memory, resetting one a few microseconds.
// One owner at a time; may move between threads while owned. Throws std::bad_alloc when zlib has no memory.
#pragma once

#include <zlib.h>

#include <memory>

namespace jackfield::wire {

enum class zlib_way : unsigned char { inflate, deflate };

struct zlib_format {
  zlib_way way;
  int window_bits;  // as zlib wants them: negative is raw, 16 more is gzip
  int level;        // deflate only
  bool operator==(const zlib_format&) const = default;
};

class zlib_stream {
 public:
  explicit zlib_stream(const zlib_format& format);
  ~zlib_stream();
  zlib_stream(const zlib_stream&) = delete;
  zlib_stream& operator=(const zlib_stream&) = delete;

  z_stream& z() noexcept { return z_; }
  const zlib_format& format() const noexcept { return format_; }
  void reset() noexcept;  // as new

 private:
  z_stream z_{};
  zlib_format format_;
};

/// Gives a stream back to the pool of the thread that lets go of it.
struct zlib_return {
  void operator()(zlib_stream* stream) const noexcept;
};
using zlib_lease = std::unique_ptr<zlib_stream, zlib_return>;

/// A stream as new, from this thread's pool when it has a fitting one.
zlib_lease borrow_stream(const zlib_format& format);

}  // namespace jackfield::wire
