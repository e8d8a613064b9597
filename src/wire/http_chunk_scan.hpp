// http_chunk_scan: the framing between the data of a chunked body (RFC 9112 §7.1), byte by byte, stricter than Beast:
// CRLF only, no control bytes, no folding in trailers, extensions and trailers counted (security.md S3, S4).
//
//   chunk-size [; extensions] CRLF  data CRLF  chunk-size … CRLF  data CRLF  0 CRLF  *(trailer CRLF)  CRLF
//   \_______ one stretch _______/        \______ one stretch _____/      \________ one stretch _________/
//
// Pure, no memory of its own. Its answers do not depend on how the input was cut.
#pragma once

#include "wire/http_head_scan.hpp"

namespace jackfield::wire {

class http_chunk_scan {
 public:
  enum class found : std::uint8_t { more, stretch, refused };

  /// Looks at `input` up to the end of a stretch of framing. `used`: bytes that belong to it.
  found scan(std::string_view input, std::size_t overhead_limit, std::size_t& used) noexcept;

  /// After `stretch`: bytes of data that follow; 0: the body is over.
  std::uint64_t size() const noexcept { return size_; }
  const http_refusal& refusal() const noexcept { return refusal_; }

 private:
  enum class at : std::uint8_t {
    data_cr,
    data_lf,
    first_digit,
    digits,
    extension,
    line_lf,
    trailer_begin,
    trailer,
    trailer_lf,
    end_lf
  };

  found step(char c, std::size_t overhead_limit) noexcept;
  found digit(char c) noexcept;
  found line_end() noexcept;
  found count(char c, std::size_t overhead_limit) noexcept;
  found refuse(int status, std::string_view text) noexcept;

  at at_ = at::first_digit;
  std::uint8_t digits_ = 0;
  std::uint64_t size_ = 0;
  std::size_t overhead_ = 0;  // bytes of extensions and trailers so far
  http_refusal refusal_;
};

}  // namespace jackfield::wire
