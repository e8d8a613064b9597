// http_caller: requests on a connection that is kept, and each way in which one fails.
#include "net/http_caller.hpp"

#include "loopback.hpp"
#include "turning.hpp"

#include <optional>

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;

struct calling : turning, call_handler {
  calling() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    peer.reset(ends[1]);
    w.inside([&] {
      c = base::make_ref<http_caller>(std::make_unique<stream>(w, ends[0], 2000ms), limits);
      c->start();
    });
  }
  ~calling() override {
    w.inside([&] {
      c->drop();
      stream::drop(std::move(taken));
    });
  }
  void on_reply(http_caller& of, wire::http_reply& r) override {
    EXPECT_FALSE(reply || failed) << "told twice";
    reply = std::move(r);
    if (take) taken = of.take_stream(early);
  }
  void on_call_failed(http_caller&, std::string_view text) override {
    EXPECT_FALSE(reply || failed) << "told twice";
    failed = true;
    why = text;
  }
  void call(std::chrono::milliseconds limit = 0ms, wire::http_request_kind kind = wire::http_request_kind::plain) {
    reply.reset();
    failed = false;
    w.inside([&] { c->call({.head = "POST / HTTP/1.1\r\n\r\n", .body = "hi", .kind = kind, .limit = limit}, *this); });
    ASSERT_TRUE(until([&] { return (asked += read_now(peer.get())).size() >= 21; }));
  }
  void answer(std::string_view text) {
    write_all(peer.get(), text);
    ASSERT_TRUE(until([&] { return reply || failed; }));
  }
  void settle() {
    for (int i = 0; i < 5; ++i) w.poll();
  }
  static constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  wire::http_reply_limits limits{.body_bytes = 1000};
  unique_fd peer;
  base::ref<http_caller> c;
  std::string asked, why, early;
  std::optional<wire::http_reply> reply;
  bool failed = false;
  std::unique_ptr<stream> taken;
  bool take = false;
};

TEST_F(calling, one_request_after_another) {
  EXPECT_TRUE(c->idle());
  for (int i = 0; i < 3; ++i) {
    call();
    EXPECT_FALSE(c->idle());
    answer(ok);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "ok");
    EXPECT_TRUE(c->idle());
  }
  EXPECT_EQ(asked, "POST / HTTP/1.1\r\n\r\nhiPOST / HTTP/1.1\r\n\r\nhiPOST / HTTP/1.1\r\n\r\nhi");
}

TEST_F(calling, a_server_may_end_the_connection) {
  call();
  answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
  ASSERT_TRUE(reply);
  EXPECT_FALSE(c->idle());
}

TEST_F(calling, an_end_while_nothing_is_under_way_is_noticed) {
  call();
  answer(ok);
  peer.reset();
  ASSERT_TRUE(until([&] { return !c->idle(); }));
  EXPECT_FALSE(failed);
}

TEST_F(calling, an_answer_that_nobody_asked_for_ends_the_connection) {
  call();
  answer(ok);
  write_all(peer.get(), ok);
  ASSERT_TRUE(until([&] { return !c->idle(); }));
}

TEST_F(calling, is_not_usable_once_the_servers_end_has_come) {
  call();
  answer(ok);
  EXPECT_TRUE(c->usable());
  peer.reset();
  EXPECT_TRUE(c->idle()) << "nobody has read it yet";
  EXPECT_FALSE(c->usable());
}

TEST_F(calling, two_answers_to_one_request_end_the_connection) {
  call();
  answer(std::string(ok) + std::string(ok));
  EXPECT_TRUE(reply);
  EXPECT_FALSE(c->idle()) << "the next answer would be to the wrong request";
}

TEST_F(calling, how_long_a_server_keeps_a_connection) {
  const std::pair<const char*, int> cases[] = {{"timeout=5", 5}, {"max=100, timeout=7", 7},  {"timeout=-3", 0},
                                               {"timeout=x", 0}, {"timeout=99999999999", 0}, {"timeout=86400", 3600}};
  for (const auto& [text, seconds] : cases) {
    call();
    answer("HTTP/1.1 200 OK\r\nKeep-Alive: " + std::string(text) + "\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(c->kept_for().count(), seconds) << text;
  }
}

TEST_F(calling, an_end_without_a_byte_of_an_answer) {
  call();
  peer.reset();
  ASSERT_TRUE(until([&] { return failed; }));
  EXPECT_EQ(why, "the connection ended without an answer");
}

TEST_F(calling, an_end_in_the_middle) {
  call();
  write_all(peer.get(), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell");
  settle();
  peer.reset();
  ASSERT_TRUE(until([&] { return failed; }));
  EXPECT_EQ(why, "the connection ended in the middle of an answer");
}

TEST_F(calling, an_end_that_is_the_end_of_the_body) {
  call();
  write_all(peer.get(), "HTTP/1.1 200 OK\r\n\r\nhello");
  settle();
  EXPECT_FALSE(reply);
  peer.reset();
  ASSERT_TRUE(until([&] { return reply.has_value(); }));
  EXPECT_EQ(reply->body, "hello");
}

TEST_F(calling, what_is_no_http) {
  call();
  answer("SSH-2.0-x\r\n");
  EXPECT_EQ(why, "the server's answer cannot be understood: not HTTP");
  EXPECT_FALSE(c->idle());
}

TEST_F(calling, a_body_without_end) {
  call();
  write_all(peer.get(), "HTTP/1.1 200 OK\r\n\r\n");
  const std::string piece(400, 'x');
  for (int i = 0; i < 3; ++i) {
    ::send(peer.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
    settle();
  }
  ASSERT_TRUE(failed);
  EXPECT_EQ(why, "the server's answer cannot be understood: the body is too big");
}

TEST_F(calling, silence) {
  call(20ms);
  ASSERT_TRUE(until([&] { return failed; }));
  EXPECT_EQ(why, "no answer within 20 ms");
  EXPECT_FALSE(c->idle());
}

TEST_F(calling, who_forgets_is_not_told) {
  call();
  c->forget();
  write_all(peer.get(), ok);
  ASSERT_TRUE(until([&] { return c->idle(); }));
  EXPECT_FALSE(reply);
}

TEST_F(calling, another_protocol_with_what_came_behind_it) {
  take = true;
  call(0ms, wire::http_request_kind::upgrade);
  answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nearly");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 101);
  EXPECT_EQ(early, "early");
  ASSERT_TRUE(taken);
  EXPECT_TRUE(taken->open());
  EXPECT_FALSE(c->idle());
}

TEST_F(calling, another_protocol_that_nobody_takes) {
  call(0ms, wire::http_request_kind::upgrade);
  answer("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  char one;
  ASSERT_TRUE(until([&] { return ::recv(peer.get(), &one, 1, MSG_DONTWAIT) == 0; }));
}

}  // namespace
}  // namespace jackfield::net
