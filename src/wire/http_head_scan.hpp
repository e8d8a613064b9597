// http_head_scan: finds the end of a request's head and refuses what Beast's parser would let pass, line by line as
// the lines arrive (security.md S1, S2): lengths, bare CR or LF, folding, control bytes, versions.
// Pure, linear, no memory of its own. Its answers do not depend on how the input was cut.
#pragma once

#include "wire/http_parser.hpp"

namespace jackfield::wire {

/// Why a request is refused; status 0: it is not.
struct http_refusal {
  int status = 0;
  std::string_view text;
};

class http_head_scan {
 public:
  enum class found : std::uint8_t { more, whole, refused };

  /// `text`: every byte of the request so far, the same as before and more behind.
  found scan(std::string_view text, const http_limits& limits) noexcept;

  std::size_t begin() const noexcept { return begin_; }  // behind an empty line that came first
  std::size_t size() const noexcept { return line_; }    // when whole: up to and with the empty line
  std::size_t lines() const noexcept { return lines_; }  // headers
  const http_refusal& refusal() const noexcept { return refusal_; }

 private:
  found find_begin(std::string_view text) noexcept;
  bool too_long(std::size_t end, const http_limits& limits) noexcept;
  bool good_line(std::string_view line, const http_limits& limits) noexcept;
  bool good_request_line(std::string_view line) noexcept;
  bool refuse(int status, std::string_view text) noexcept;

  enum class part : std::uint8_t { begin, request_line, headers };
  part part_ = part::begin;
  std::size_t begin_ = 0;
  std::size_t line_ = 0;      // where the unfinished line begins
  std::size_t searched_ = 0;  // no end of line before this
  std::size_t headers_ = 0;   // where the headers begin
  std::size_t lines_ = 0;
  http_refusal refusal_;
};

}  // namespace jackfield::wire
