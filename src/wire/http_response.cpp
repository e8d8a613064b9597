#include "wire/http_response.hpp"

#include "wire/http_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

namespace jackfield::wire {

namespace {

struct phrase {
  int status;
  std::string_view text;
};

constexpr phrase phrases[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

void append_number(std::string& out, std::size_t n) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr;
  out.append(digits.data(), end);
}

std::string_view connection_line(connection_header c) noexcept {
  switch (c) {
    case connection_header::none: return {};
    case connection_header::keep_alive: return "Connection: keep-alive\r\n";
    case connection_header::close: return "Connection: close\r\n";
  }
  return {};
}

}  // namespace

std::string_view reason_phrase(int status) noexcept {
  const auto at = std::find_if(std::begin(phrases), std::end(phrases), [=](const phrase& p) { return p.status == status; });
  return at == std::end(phrases) ? std::string_view() : at->text;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  if (!is_token(name)) return;
  out.append(name).append(": ");
  const auto at = out.size();
  out.append(value);
  if (!header_value(value))
    std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(at), out.end(), std::not_fn(value_char), ' ');
  out.append("\r\n");
}

void append_response(std::string& out, const http_response& response) {
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(std::clamp(response.status, 100, 599)));
  out.append(" ").append(reason_phrase(response.status)).append("\r\n");
  for (const auto& header : response.headers) append_header(out, header.name, header.value);
  const bool body_allowed = !bodiless(response.status);
  if (body_allowed) {
    out.append("Content-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n");
  }
  out.append(connection_line(response.connection)).append("\r\n");
  if (body_allowed && response.part == body_part::sent) out.append(response.body);
}

}  // namespace jackfield::wire
