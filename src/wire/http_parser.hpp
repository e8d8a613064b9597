// http_parser: HTTP/1.1 requests in, heads and bodies out, through Boost.Beast's parser, with the
// strictness and the limits of security.md S1-S4 and S8. Pure and incremental: however the input is cut, the events
// are the same. One request at a time; one owner, one thread. Linear; a head that arrives whole costs two
// allocations (the head, and its text while it is put together), the first byte of a connection one more: a silent one costs
// none. Only an allocation failure throws (std::bad_alloc); then the parser can only be destroyed. Errors are HTTP status codes;
// after one the connection must be closed once it is answered:
//   400 grammar or framing   413 body   414 request line   415 coded body   417 Expect   431 headers, trailers   505 version
#pragma once

#include <jackfield/http.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::wire {

struct http_limits {
  std::size_t request_line_bytes = 8 * 1024;     // -> 414
  std::size_t header_bytes = 16 * 1024;          // -> 431, request line excluded
  std::size_t header_lines = 100;                // -> 431
  std::size_t body_bytes = 1'000'000;            // -> 413 from Content-Length or chunk line alone
  std::size_t chunk_overhead_bytes = 16 * 1024;  // extensions and trailers in all -> 431
};

struct http_event {
  enum class what : std::uint8_t {
    need_more,  // the input is used up
    head,       // head(): the request line and headers are there; call on for the body
    complete,   // the request is whole: head() and take_body(); reset() before the next one
    error,      // status, text; the same again at every further call
  };
  what kind = what::need_more;
  int status = 0;
  std::string_view text;  // why, for people; static storage
};

class http_parser {
 public:
  explicit http_parser(const http_limits& limits);  // limits outlive the parser
  ~http_parser();
  http_parser(const http_parser&) = delete;
  http_parser& operator=(const http_parser&) = delete;

  /// Consumes from the front of `input`. Bytes of an incomplete head are kept inside. Call again until
  /// need_more. Between `head` and `complete` body bytes are gathered; bytes behind the request stay in `input`.
  http_event next(std::string_view& input);

  /// From `head` to reset(). Null before, and after an error in the head.
  const http_head_ref& head() const noexcept { return head_; }
  /// The client may send another request on this connection (keep-alive rules of 1.0 and 1.1).
  bool keep_alive() const noexcept;
  /// `Connection: upgrade` and an `Upgrade` header stand in the request. Only HTTP/1.1 knows it.
  bool upgrade() const noexcept;
  /// The client waits for "100 Continue" before it sends the body, of which nothing has come yet.
  bool expects_continue() const noexcept;
  /// Has any byte of a request arrived since construction or reset()?
  bool started() const noexcept;
  std::string take_body();
  /// Per-request body limit (a route may allow less or more). REQUIRES: called at `head`.
  void set_body_limit(std::size_t bytes) noexcept;
  /// The connection is TLS: every head says so. REQUIRES: nothing has arrived.
  void set_tls(tls_info_ref connection) noexcept;
  /// No more requests will be read: what reading them needed goes. Then the head is null.
  void close() noexcept;
  /// Ready for the next request. After an error it stays an error: the framing is lost (S3).
  void reset() noexcept;

 private:
  struct impl;
  const http_limits& limits_;
  tls_info_ref tls_;
  http_head_ref head_;
  std::unique_ptr<impl> impl_;  // null: nothing has arrived
};

}  // namespace jackfield::wire
