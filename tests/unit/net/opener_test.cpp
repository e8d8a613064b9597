// opener and tunnel: a stream to a server, straight or through a proxy. (TLS: client_secure_test.)
#include "net/opener.hpp"

#include "loopback.hpp"
#include "turning.hpp"

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;

struct speaker final : stream_handler {
  void on_data(std::span<char> d) override { data.append(d.data(), d.size()); }
  void on_end(stream_end) override { ended = true; }
  std::string data;
  bool ended = false;
};

struct opening : turning {
  ~opening() override {
    w.inside([&] { stream::drop(std::move(s)); });
  }
  void start() {
    w.inside([&] {
      o = opener::start(w, to, [this](std::unique_ptr<stream> opened, std::string problem) {
        EXPECT_FALSE(over) << "told twice";
        over = true;
        s = std::move(opened);
        why = std::move(problem);
      });
    });
  }
  void through_proxy() {
    to.proxy = wire::parse_proxy_address("http://me:secret@127.0.0.1:" + std::to_string(proxy.port));
    to.host = "server.example";
    to.port = 8443;
    start();
    ASSERT_TRUE(until([&] { return proxy.somebody(); }));
    at_proxy = proxy.accept();
    ASSERT_TRUE(until([&] { return (asked += read_now(at_proxy.get())).ends_with("\r\n\r\n"); }));
  }
  std::string failure() {
    EXPECT_TRUE(until([&] { return over; }));
    EXPECT_EQ(s, nullptr);
    return why;
  }
  listening proxy;
  route to;
  base::ref<opener> o;
  unique_fd at_proxy;
  std::string asked, why;
  std::unique_ptr<stream> s;
  speaker hears;
  bool over = false;
};

TEST_F(opening, straight) {
  to.host = "127.0.0.1";
  to.port = proxy.port;
  start();
  ASSERT_TRUE(until([&] { return over; }));
  ASSERT_TRUE(s) << why;
  EXPECT_TRUE(s->open());
}

TEST_F(opening, a_tunnel_is_asked_for_by_name) {
  through_proxy();
  EXPECT_EQ(
      asked,
      "CONNECT server.example:8443 HTTP/1.1\r\nHost: server.example:8443\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n");
}

TEST_F(opening, what_comes_behind_the_proxy_s_answer_is_the_server_s) {
  through_proxy();
  write_all(at_proxy.get(), "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nfrom the server");
  ASSERT_TRUE(until([&] { return over; }));
  ASSERT_TRUE(s) << why;
  w.inside([&] { s->start(hears); });
  ASSERT_TRUE(until([&] { return hears.data == "from the server"; }));
}

TEST_F(opening, an_answer_in_pieces_and_after_an_interim_one) {
  through_proxy();
  for (const char c : std::string_view("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n")) {
    EXPECT_FALSE(over);
    write_all(at_proxy.get(), {&c, 1});
    w.poll();
  }
  ASSERT_TRUE(until([&] { return over; }));
  EXPECT_TRUE(s) << why;
}

TEST_F(opening, refusals_of_the_proxy) {
  through_proxy();
  write_all(at_proxy.get(), "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 100000\r\n\r\n");
  EXPECT_EQ(failure(), "the proxy wants another user and password (HTTP status 407)") << "its page is not waited for";
}

TEST_F(opening, another_refusal_of_the_proxy) {
  through_proxy();
  write_all(at_proxy.get(), "HTTP/1.1 502 Bad Gateway\r\n\r\n");
  EXPECT_EQ(failure(), "the proxy answered CONNECT with HTTP status 502");
}

TEST_F(opening, a_proxy_that_goes_away) {
  through_proxy();
  at_proxy.reset();
  EXPECT_EQ(failure(), "the proxy closed the connection instead of answering");
}

TEST_F(opening, a_proxy_that_speaks_something_else) {
  through_proxy();
  write_all(at_proxy.get(), std::string("\x05\x00\r\n\r\n", 6));
  EXPECT_TRUE(failure().starts_with("the proxy's answer is no HTTP: ")) << why;
}

TEST_F(opening, a_proxy_s_answer_without_end) {
  through_proxy();
  const std::string line = "X-A: " + std::string(1000, 'a') + "\r\n";
  write_all(at_proxy.get(), "HTTP/1.1 200 OK\r\n");
  for (int i = 0; i < 20 && !over; ++i) {
    ::send(at_proxy.get(), line.data(), line.size(), MSG_NOSIGNAL);
    w.poll();
  }
  EXPECT_TRUE(failure().starts_with("the proxy's answer is no HTTP: ")) << why;
}

TEST_F(opening, a_proxy_that_says_nothing) {
  to.times.limit = 30ms;
  through_proxy();
  EXPECT_EQ(failure(), "no answer of the proxy within 30 ms");
}

TEST_F(opening, a_proxy_that_is_not_there) {
  to.proxy = wire::parse_proxy_address("http://127.0.0.1:" + std::to_string(closed_port()));
  to.host = "server.example";
  start();
  EXPECT_TRUE(failure().starts_with("the proxy: cannot connect to 127.0.0.1:")) << why;
}

TEST_F(opening, a_proxy_that_forwards_is_not_asked) {
  to.use = route::proxy_use::forward;
  to.proxy = wire::parse_proxy_address("http://127.0.0.1:" + std::to_string(proxy.port));
  to.host = "server.example";
  start();
  ASSERT_TRUE(until([&] { return over; }));
  ASSERT_TRUE(s) << why;
  at_proxy = proxy.accept();
  EXPECT_EQ(read_now(at_proxy.get()), "");
}

TEST_F(opening, may_be_given_up_at_any_moment) {
  through_proxy();
  w.inside([&] {
    o->cancel();
    o.reset();
  });
  char one;
  ASSERT_TRUE(until([&] { return ::recv(at_proxy.get(), &one, 1, MSG_DONTWAIT) == 0; })) << "the connection goes with it";
  EXPECT_FALSE(over);
}

}  // namespace
}  // namespace jackfield::net
