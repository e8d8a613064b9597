#include "net/http_connection.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <boost/asio/io_context.hpp>

#include <optional>
#include <string>
#include <vector>

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;

/// Answers "METHOD path body" at once, or keeps the request.
struct service final : http_service {
  void on_head(http_connection& c) override {
    ++heads;
    if (small_bodies) c.limit_body(4);
  }
  void on_request(http_connection& c, std::string body) override {
    seen.push_back(std::string(c.head()->method()) + " " + std::string(c.head()->path()) + " " + body);
    if (keep) {
      kept = &c;
      return;
    }
    c.respond({.content_type = "text/plain", .body = seen.back()});
  }
  void on_upgrade(http_connection& c) override { c.respond({.status = 400, .then = after_answer::close}); }
  void on_refused(http_connection&, int status) override { refused = status; }
  std::vector<std::string> seen;
  base::ref<http_connection> kept;
  int heads = 0, refused = 0;
  bool keep = false, small_bodies = false;
};

struct watcher final : request_watcher {
  void on_request_gone(http_connection&, gone why) override { gone_why = why; }
  std::optional<gone> gone_why;
};

/// Sends a letter every 10 ms.
struct typist final : base::timer {
  typist(worker& of, int to, int letters) : w(of), peer(to), left(letters) { w.timers().arm(*this, 10ms); }
  void fire() override {
    if (::send(peer, "a", 1, MSG_NOSIGNAL) == 1 && --left > 0) w.timers().arm(*this, 10ms);
  }
  worker& w;
  int peer;
  int left;
};

struct http_fixture : ::testing::Test {
  void open() {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    peer = ends[1];
    base::make_ref<http_connection>(std::make_unique<stream>(w, ends[0], 5000ms), s, settings)->start();
  }
  ~http_fixture() override {
    if (peer >= 0) ::close(peer);
  }
  void sends(std::string_view bytes) {
    ASSERT_EQ(::send(peer, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  template <class F>
  void until(F done) {
    while (!done()) context.run_one();
  }
  bool read_some() {
    char buffer[65536];
    ssize_t n = ::recv(peer, buffer, sizeof buffer, 0);
    if (n > 0) got.append(buffer, static_cast<std::size_t>(n));
    closed = closed || n == 0;
    return n > 0;
  }
  void until_got(std::string_view text) {
    until([&] {
      while (read_some()) {
      }
      return got.find(text) != std::string::npos;
    });
  }
  void until_closed() {
    until([&] {
      while (read_some()) {
      }
      return closed;
    });
  }

  service s;
  http_settings settings;
  boost::asio::io_context context;
  worker w{context};
  int peer = -1;
  std::string got;
  bool closed = false;
};

TEST_F(http_fixture, answers_and_keeps_the_connection) {
  open();
  sends("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  until_got("GET /a ");
  EXPECT_EQ(got, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nGET /a ");
  got.clear();
  sends("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  until_got("POST /b abc");
}

TEST_F(http_fixture, serves_pipelined_requests_one_at_a_time_in_order) {  // S6
  s.keep = true;
  open();
  sends("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  until([&] { return s.kept != nullptr; });
  EXPECT_EQ(s.seen.size(), 1u);
  s.keep = false;
  w.post([&] { std::exchange(s.kept, nullptr)->respond({.body = "first"}); });
  until_got("GET /2 ");
  EXPECT_LT(got.find("first"), got.find("GET /2"));
}

TEST_F(http_fixture, a_request_in_pieces_is_one_request) {
  open();
  for (char c : std::string("POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")) {
    sends({&c, 1});
    context.poll();
  }
  until_got("POST /p abc");
}

TEST_F(http_fixture, a_body_over_the_limit_is_refused_before_it_comes) {  // P36 S4
  settings.limits.body_bytes = 5;
  open();
  sends("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n");
  until_closed();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 413 ")) << got;
  EXPECT_EQ(s.refused, 413);
  EXPECT_TRUE(s.seen.empty());
}

TEST_F(http_fixture, nonsense_is_answered_and_ends_the_connection) {  // S2
  open();
  sends("NONSENSE\r\n\r\n");
  until_closed();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 400 ")) << got;
}

TEST_F(http_fixture, the_deadline_of_a_head_is_absolute) {  // S5
  settings.header_time = 30ms;
  open();
  sends("GET / HTTP/1.1\r\nHos");
  until_closed();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 408 ")) << got;
}

TEST_F(http_fixture, more_of_a_head_does_not_move_its_deadline) {  // S5
  settings.header_time = 40ms;
  open();
  sends("GET /");
  typist slow(w, peer, 20);
  until_closed();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 408 ")) << got;
  EXPECT_GT(slow.left, 0);
}

TEST_F(http_fixture, the_deadline_of_a_body_is_its_own) {  // S5
  settings.header_time = 10s;
  settings.body_time = 30ms;
  open();
  sends("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");
  until_closed();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 408 ")) << got;
}

TEST_F(http_fixture, a_kept_connection_times_the_next_head) {  // S5
  settings.header_time = 30ms;
  settings.keep_alive = 10s;
  open();
  sends("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHos");
  until_closed();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200 ")) << got;
  EXPECT_NE(got.find("HTTP/1.1 408 "), std::string::npos) << got;
}

TEST_F(http_fixture, a_silent_connection_is_closed) {  // S5
  settings.first_byte = 20ms;
  open();
  until_closed();
  EXPECT_EQ(got, "");
}

TEST_F(http_fixture, an_idle_connection_is_closed) {  // S5
  settings.keep_alive = 20ms;
  open();
  sends("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  until_closed();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200 ")) << got;
}

TEST_F(http_fixture, whoever_waits_hears_that_the_client_went) {  // P45
  s.keep = true;
  open();
  sends("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  until([&] { return s.kept != nullptr; });
  watcher who;
  s.kept->watch(&who);
  ::close(std::exchange(peer, -1));
  until([&] { return who.gone_why.has_value(); });
  EXPECT_EQ(*who.gone_why, request_watcher::gone::lost);
  EXPECT_FALSE(s.kept->open());
}

TEST_F(http_fixture, whoever_waits_for_a_body_hears_of_its_refusal) {
  settings.limits.body_bytes = 100;
  s.small_bodies = true;
  open();
  sends("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  until([&] { return s.heads == 1; });
  sends("8\r\n12345678\r\n0\r\n\r\n");
  until_closed();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 413 ")) << got;
}

TEST_F(http_fixture, connection_close_is_honoured) {
  open();
  sends("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  until_closed();
  EXPECT_NE(got.find("Connection: close\r\n"), std::string::npos);
}

TEST_F(http_fixture, expect_continue_is_answered_before_the_body) {  // S8
  open();
  sends("POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  until_got("HTTP/1.1 100 Continue\r\n\r\n");
  sends("ok");
  until_got("POST /p ok");
}

TEST_F(http_fixture, head_is_answered_without_a_body) {
  open();
  sends("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n");
  until_got("\r\n\r\n");
  EXPECT_TRUE(got.ends_with("Content-Length: 8\r\n\r\n")) << got;
}

TEST_F(http_fixture, retiring_ends_the_idle_and_lets_the_busy_answer) {  // S47
  s.keep = true;
  open();
  sends("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  until([&] { return s.kept != nullptr; });
  w.post([&] { w.retire_all(retirement::now); });
  w.post([&] { std::exchange(s.kept, nullptr)->respond({.body = "last"}); });
  until_closed();
  EXPECT_TRUE(got.ends_with("last"));
}

TEST_F(http_fixture, retiring_with_the_last_answer_waits_for_the_next_request) {  // S47
  open();
  w.post([&] { w.retire_all(retirement::last_answer); });
  bool told = false;
  w.post([&] { told = true; });
  until([&] { return told; });
  sends("GET /late HTTP/1.1\r\nHost: x\r\n\r\n");
  until_closed();
  EXPECT_NE(got.find("Connection: close"), std::string::npos) << got;
  EXPECT_TRUE(got.ends_with("GET /late ")) << got;
}

}  // namespace
}  // namespace jackfield::net
