#include "wire/http_response.hpp"

#include <gtest/gtest.h>

#include <array>

namespace jackfield::wire::test {
namespace {

using namespace std::string_literals;

std::string written(const http_response& r) {
  std::string out;
  append_response(out, r);
  return out;
}

TEST(http_response, head_and_body) {
  const std::array<header_view, 2> headers{{{"Content-Type", "text/html"}, {"cache-control", "no-store"}}};
  EXPECT_EQ(written({.headers = headers, .body = "ok", .connection = connection_header::close}),
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\ncache-control: no-store\r\nContent-Length: 2\r\nConnection: "
            "close\r\n\r\nok");
  EXPECT_EQ(written({.status = 404, .connection = connection_header::keep_alive}),
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

TEST(http_response, appends) {
  std::string out = "before";
  append_response(out, {.body = "x"});
  EXPECT_EQ(out, "beforeHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
}

TEST(http_response, some_have_no_body) {
  EXPECT_EQ(written({.status = 204, .body = "x"}), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(written({.status = 304}), "HTTP/1.1 304 Not Modified\r\n\r\n");
  EXPECT_EQ(written({.status = 100}), "HTTP/1.1 100 Continue\r\n\r\n");
  const std::array<header_view, 2> upgrade{{{"Upgrade", "websocket"}, {"Connection", "Upgrade"}}};
  EXPECT_EQ(written({.status = 101, .headers = upgrade}),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  EXPECT_EQ(written({.body = "12345", .part = body_part::withheld}), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
}

TEST(http_response, values_cannot_split_it) {
  const std::string odd = "\0\x7f\t\xe9"s;
  const std::array<header_view, 4> headers{
      {{"X", "a\r\nSet-Cookie: b=c\r\n\r\n<p>"}, {"Bad Name", "x"}, {"Y\r\nZ", "x"}, {"N", odd}}};
  EXPECT_EQ(written({.headers = headers}),
            "HTTP/1.1 200 OK\r\nX: a  Set-Cookie: b=c    <p>\r\nN:   \t\xe9\r\nContent-Length: 0\r\n\r\n");
}

TEST(http_response, every_status_we_send_has_its_phrase) {
  for (const int status : {101, 200, 204, 400, 403, 404, 405, 408, 413, 414, 415, 417, 426, 431, 500, 501, 503, 505})
    EXPECT_FALSE(reason_phrase(status).empty()) << status;
  EXPECT_EQ(reason_phrase(299), "");
  EXPECT_EQ(written({.status = 299}), "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace jackfield::wire::test
