// http_reply_parser: HTTP/1.1 answers in, as a client reads them (RFC 9112 §6.3): heads through Boost.Beast's parser, bodies by
// length, in chunks, or up to the end of the stream; interim answers (1xx) are passed over. Pure and incremental: however the
// input is cut, the outcome is the same. A server may be anybody: lengths, lines and bodies have limits, and what two readers
// could read differently is refused.
//
// One answer at a time; one owner, one thread. Linear. After `broken` the connection is of no more use.
#pragma once

#include "wire/http_chunk_scan.hpp"
#include "wire/http_reply.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace jackfield::wire {

struct http_reply_limits {
  std::size_t head_bytes = 16 * 1024;  // status line and headers
  std::size_t header_lines = 100;
  std::size_t body_bytes = 64u << 20;
  std::size_t chunk_overhead_bytes = 16 * 1024;  // extensions and trailers in all
  std::size_t interim_answers = 8;               // before the real one
};

/// What was asked for, which decides whether a body follows.
enum class http_request_kind : std::uint8_t {
  plain,    // GET, POST
  upgrade,  // GET that asks for another protocol: 101 ends the answer, and what follows is that protocol's
  tunnel,   // CONNECT: 2xx ends the answer
};

class http_reply_parser {
 public:
  explicit http_reply_parser(const http_reply_limits& limits) noexcept : limits_(limits) {}

  /// Ready for the answer to such a request.
  void expect(http_request_kind kind) noexcept;

  enum class outcome : std::uint8_t { more, whole, broken };
  /// Consumes from the front of `input`; bytes behind the answer stay in it.
  outcome feed(std::string_view& input);
  /// The stream has ended in order: that may be the end of a body.
  outcome end() noexcept;

  /// Of `whole`.
  http_reply& reply() noexcept { return reply_; }
  /// Of `whole`: the connection may carry another request.
  bool keep_alive() const noexcept { return keep_alive_; }
  /// Some byte of the answer has come.
  bool started() const noexcept { return started_; }
  /// Of `broken`: why, for people.
  std::string_view error() const noexcept { return error_; }

 private:
  enum class part : std::uint8_t { head, sized, framing, data, until_end, done, failed };

  outcome take_head(std::string_view& input);
  outcome read_head(std::string_view text);
  outcome choose_body();
  outcome take_sized(std::string_view& input);
  outcome take_framing(std::string_view& input);
  outcome take_rest(std::string_view& input);
  outcome finished() noexcept;
  outcome fail(std::string_view why) noexcept;

  http_reply_limits limits_;
  http_request_kind kind_ = http_request_kind::plain;
  part part_ = part::head;
  bool keep_alive_ = false, started_ = false, chunked_ = false, has_length_ = false;
  std::size_t interim_ = 0;
  std::uint64_t left_ = 0;  // of a sized body or a chunk
  std::string head_;        // so far
  std::size_t searched_ = 0;
  http_chunk_scan chunks_;
  http_reply reply_;
  std::string_view error_;  // static storage
};

}  // namespace jackfield::wire
