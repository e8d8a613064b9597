// http_response: an HTTP/1.1 response into a string (RFC 9110, RFC 9112). Pure, any thread; one append per part.
// What is written cannot be split by what it carries: control characters in values leave as blanks, a name that is no
// token drops its line.
//
//   HTTP/1.1 200 OK CRLF  Name: value CRLF …  Content-Length: 2 CRLF  Connection: close CRLF  CRLF  ok
#pragma once

#include <jackfield/http.hpp>

#include <span>
#include <string>
#include <string_view>

namespace jackfield::wire {

/// The Connection header that the response writes; `none` also where the caller lists its own (101).
enum class connection_header : unsigned char { none, keep_alive, close };
/// Answers to HEAD announce the length of a body that does not follow.
enum class body_part : unsigned char { sent, withheld };

struct http_response {
  int status = 200;                        // 100..599
  std::span<const header_view> headers{};  // neither Content-Length nor Connection, unless none is written here
  std::string_view body{};
  connection_header connection = connection_header::none;
  body_part part = body_part::sent;
};

/// "OK" for 200; empty for a status without a phrase.
std::string_view reason_phrase(int status) noexcept;
/// Statuses whose responses never carry a body nor Content-Length: 1xx, 204, 304.
constexpr bool bodiless(int status) noexcept { return status < 200 || status == 204 || status == 304; }

/// Appends head and body. Content-Length is written unless the status is bodiless (then the body is dropped).
void append_response(std::string& out, const http_response& response);
/// Appends one header line, made safe as above.
void append_header(std::string& out, std::string_view name, std::string_view value);

}  // namespace jackfield::wire
