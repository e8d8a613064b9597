#include "transport/answers.hpp"

#include "base/json.hpp"
#include "wire/ws_deflate.hpp"

namespace jackfield::transport {

namespace {

constexpr std::string_view text_type = "text/plain; charset=UTF-8";
constexpr std::string_view error_headers = "cache-control: no-store\r\nX-Content-Type-Options: nosniff\r\n";

wire::content_coding coding_for(net::http_connection& c, std::size_t size, const compression_options& options,
                                engine::compression allowed) {
  if (!options.enabled || allowed == engine::compression::none || size < options.threshold_bytes)
    return wire::content_coding::identity;
  return wire::choose_coding(c.head()->header("accept-encoding"));
}

}  // namespace

void answer_payload(net::http_connection& c, const payload_body& payload, std::string_view headers,
                    const compression_options& options, engine::compression allowed) {
  net::http_answer a;
  a.content_type = payload.content_type;
  std::string_view body = payload.bytes;
  std::string lines(headers), packed;
  lines += no_store;
  auto coding = coding_for(c, body.size(), options, allowed);
  if (coding != wire::content_coding::identity) {
    packed = wire::compress_body(body, coding);
    body = packed;
    lines += coding == wire::content_coding::gzip ? "Content-Encoding: gzip\r\n" : "Content-Encoding: deflate\r\n";
  }
  a.headers = lines;
  a.body = body;
  c.respond(a);
}

void answer_bad(net::http_connection& c, std::string_view headers) {
  answer_text(c, 400, {}, headers, net::after_answer::keep_open);
}

void answer_refusal(net::http_connection& c, int status, int code, std::string_view message, std::string_view headers) {
  std::string body = "{\"code\":" + std::to_string(code) + ",\"message\":";
  base::json::write_string(message, body);
  body += '}';
  std::string lines(headers);
  lines += error_headers;
  c.respond({.status = status, .content_type = "application/json", .headers = lines, .body = body});
}

void answer_refused_upgrade(net::http_connection& c, int status, std::string_view message, std::string_view headers) {
  std::string lines(headers);
  lines += error_headers;
  c.respond({.status = status, .content_type = "text/html", .headers = lines, .body = message, .then = net::after_answer::close});
}

void answer_text(net::http_connection& c, int status, std::string_view text, std::string_view headers, net::after_answer then) {
  std::string lines(headers);
  lines += error_headers;
  c.respond({.status = status,
             .content_type = text.empty() ? std::string_view() : text_type,
             .headers = lines,
             .body = text,
             .then = then});
}

}  // namespace jackfield::transport
