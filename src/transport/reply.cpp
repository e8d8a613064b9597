// http_reply: an answer that may be given later and from any thread.
#include "transport/reply.hpp"

#include "wire/http_text.hpp"

#include <stdexcept>

namespace jackfield {

http_reply::core::~core() {
  if (done.load()) {
    if (connection && !host.current()) host.post([c = std::move(connection)] {});  // the last ref falls on the worker's thread
    return;
  }
  status = 500;
  send("Internal Server Error", "text/plain; charset=utf-8");
}

void http_reply::core::send(std::string_view body, std::string_view content_type) {
  if (done.exchange(true)) return;
  auto answer = [](net::http_connection& c, int code, std::string_view headers, std::string_view text, std::string_view type) {
    c.respond({.status = code, .content_type = type, .headers = headers, .body = text});
  };
  if (host.current()) return answer(*connection, status, lines, body, content_type);
  host.post([c = std::move(connection), answer, code = status, headers = lines, text = std::string(body),
             type = std::string(content_type)] { answer(*c, code, headers, text, type); });
}

http_reply& http_reply::status(int code) {
  if (code < 200 || code > 599) throw std::invalid_argument("an HTTP status is 200 to 599");
  core_->status = code;
  return *this;
}

http_reply& http_reply::header(std::string_view name, std::string_view value) {
  wire::check_header(name, value);
  core_->lines.append(name).append(": ").append(value).append("\r\n");
  return *this;
}

void http_reply::send(std::string_view body, std::string_view content_type) {
  wire::check_header("Content-Type", content_type);
  core_->send(body, content_type);
}

bool http_reply::sent() const noexcept { return core_->done.load(); }

}  // namespace jackfield
