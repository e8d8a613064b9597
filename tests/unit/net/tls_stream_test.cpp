// Streams with TLS on them, both ends: data, ends, and the network cut at every byte.
#include "unit/net/tls_ends.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;

struct tls_stream : tls_ends {};

TEST_F(tls_stream, carries_data_both_ways) {
  ASSERT_TRUE(connect()) << refusal;
  say(client, "hello");
  until([&] { return server().hears.data == "hello"; });
  say(server(), "welcome");
  until([&] { return client.hears.data == "welcome"; });
  const tls_info& info = *server().s->tls()->info();
  EXPECT_EQ(info.version, "TLSv1.3");
  EXPECT_EQ(info.server_name, "example.com");
  EXPECT_FALSE(info.resumed);
  EXPECT_FALSE(info.peer.has_value());
  EXPECT_EQ(client.s->tls()->info()->peer->common_name, "site");
  EXPECT_EQ(counted(tls_event::completed), 1u);
}

TEST_F(tls_stream, speaks_1_2_too) {  // S40
  foreign_client c(knock_raw(), [](SSL_CTX* x) { SSL_CTX_set_max_proto_version(x, TLS1_2_VERSION); });
  ASSERT_TRUE(greets(c));
  EXPECT_STREQ(SSL_get_version(c.ssl.get()), "TLSv1.2");
  ASSERT_TRUE(c.does([](SSL* s) { return SSL_write(s, "hello", 5); }, [this] { w.poll(); }));
  until([&] { return server().hears.data == "hello"; });
  EXPECT_EQ(server().s->tls()->info()->version, "TLSv1.2");
}

TEST_F(tls_stream, refuses_renegotiation) {  // S40
  foreign_client c(knock_raw(), [](SSL_CTX* x) { SSL_CTX_set_max_proto_version(x, TLS1_2_VERSION); });
  ASSERT_TRUE(greets(c));
  server();
  SSL_renegotiate(c.ssl.get());
  EXPECT_FALSE(greets(c));
}

TEST_F(tls_stream, large_output_arrives_whole_and_in_order) {
  ASSERT_TRUE(connect());
  std::string all;
  w.inside([&] {
    auto& out = server().s->out();
    for (int i = 0; i < 3000; ++i) {  // pieces of every size, copied and by reference
      std::string piece(static_cast<std::size_t>(i * 7 % 9000), static_cast<char>('a' + i % 26));
      i % 3 ? out.append(piece) : out.append(base::shared_bytes(piece));
      all += piece;
    }
    server().s->want_drain(true);
    server().s->touch();
  });
  until([&] { return client.hears.data.size() >= all.size(); });
  EXPECT_TRUE(client.hears.data == all);
  until([&] { return server().hears.drained > 0; });
}

// An edge-triggered reader that stops in the middle of what OpenSSL has already read must be called again without an event.
TEST_F(tls_stream, more_than_a_buffer_of_input_is_read_without_another_event) {
  ASSERT_TRUE(connect());
  const std::string much(3 * worker::read_bytes + 17, 'x');
  say(client, much);
  until([&] { return server().hears.data.size() == much.size(); });
}

TEST_F(tls_stream, a_paused_stream_goes_on_where_it_stopped) {
  ASSERT_TRUE(connect());
  server().hears.on_bytes = [&] { server().s->pause(true); };
  const std::string much(200'000, 'x');
  say(client, much);
  until([&] { return !server().hears.data.empty(); });
  const auto first = server().hears.data.size();
  for (int i = 0; i < 100; ++i) w.poll();
  EXPECT_EQ(server().hears.data.size(), first);
  server().hears.on_bytes = nullptr;
  w.inside([&] { server().s->pause(false); });
  until([&] { return server().hears.data.size() == much.size(); });
}

TEST_F(tls_stream, an_end_that_is_said_is_an_end) {
  ASSERT_TRUE(connect());
  w.inside([&] {
    client.s->send("last words");
    stream::finish(std::move(client.s));
  });
  until([&] { return server().hears.ended.has_value(); });
  EXPECT_EQ(server().hears.data, "last words");
  EXPECT_EQ(*server().hears.ended, stream_end::closed);
  EXPECT_EQ(counted(tls_event::truncated), 0u);
}

TEST_F(tls_stream, an_end_without_a_word_is_noticed) {
  ASSERT_TRUE(connect());
  say(client, "half of");
  w.inside([&] { stream::drop(std::move(client.s)); });
  until([&] { return server().hears.ended.has_value(); });
  EXPECT_EQ(server().hears.data, "half of");
  EXPECT_EQ(*server().hears.ended, stream_end::truncated);
  EXPECT_EQ(counted(tls_event::truncated), 1u);
}

TEST_F(tls_stream, who_hears_the_end_answers_it) {
  ASSERT_TRUE(connect());
  w.inside([&] { stream::finish(std::move(server().s)); });
  until([&] { return client.hears.ended.has_value(); });
  EXPECT_EQ(*client.hears.ended, stream_end::closed);
}

TEST_F(tls_stream, output_that_makes_no_progress_ends_the_stream) {  // S5
  stall_limit = 40ms;
  foreign_client c(knock_raw());
  ASSERT_TRUE(greets(c));
  say(server(), std::string(16 << 20, 'x'));
  until([&] { return server().hears.ended.has_value(); });
  EXPECT_EQ(*server().hears.ended, stream_end::stalled);
}

TEST_F(tls_stream, a_broken_record_ends_the_stream) {
  const int fd = knock_raw();
  foreign_client c(fd);
  ASSERT_TRUE(greets(c));
  server();
  const char bad[] = "\x17\x03\x03\x00\x20 this is no record of thirty-two";
  ASSERT_GT(::send(fd, bad, sizeof bad, 0), 0);
  until([&] { return server().hears.ended.has_value(); });
  EXPECT_EQ(*server().hears.ended, stream_end::reset);
  EXPECT_FALSE(hears_nothing_wrong(c));
}

// Two ends of a TCP connection over loopback: the kernel encrypts no other.
std::pair<int, int> tcp_pair() {
  const int door = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  EXPECT_EQ(::bind(door, reinterpret_cast<sockaddr*>(&at), size), 0);
  EXPECT_EQ(::listen(door, 1), 0);
  EXPECT_EQ(::getsockname(door, reinterpret_cast<sockaddr*>(&at), &size), 0);
  const int near = ::socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(::connect(near, reinterpret_cast<sockaddr*>(&at), size), 0);
  const int far = ::accept4(door, nullptr, nullptr, SOCK_NONBLOCK);
  ::fcntl(near, F_SETFL, O_NONBLOCK);
  ::close(door);
  return {near, far};
}

// Where the kernel can encrypt it does, when it is asked to; where it cannot the same bytes arrive without it.
TEST_F(tls_stream, the_kernel_encrypts_where_it_can_and_is_asked_to) {
  server_options.kernel = true;
  const auto [near, far] = tcp_pair();
  w.inside([&, fd = far] { door().accept(fd); });
  shake(near);
  until([&] { return over; });
  ASSERT_TRUE(client.open()) << refusal;
  const bool can = kernel_tls_obstacle().empty();
  EXPECT_EQ(server().s->tls()->info()->kernel_sends, can) << kernel_tls_obstacle();
  EXPECT_EQ(counted(tls_event::kernel), can ? 1u : 0u);
  EXPECT_FALSE(client.s->tls()->info()->kernel_sends);  // not asked to
  const std::string much(300'000, 'k');
  say(server(), much);
  until([&] { return client.hears.data.size() >= much.size(); });
  EXPECT_TRUE(client.hears.data == much);
  w.inside([&] { stream::finish(std::move(server().s)); });
  until([&] { return client.hears.ended.has_value(); });
  EXPECT_EQ(*client.hears.ended, stream_end::closed);
}

TEST_F(tls_stream, keys_may_be_renewed) {
  foreign_client c(knock_raw());
  ASSERT_TRUE(greets(c));
  SSL_key_update(c.ssl.get(), SSL_KEY_UPDATE_REQUESTED);
  ASSERT_TRUE(c.does([](SSL* s) { return SSL_write(s, "new keys", 8); }, [this] { w.poll(); }));
  until([&] { return server().hears.data == "new keys"; });
  say(server(), "for both");
  char back[8];
  ASSERT_TRUE(c.does([&](SSL* s) { return SSL_read(s, back, sizeof back); }, [this] { w.poll(); }));
  EXPECT_EQ(std::string_view(back, 8), "for both");
}

// A network between the two ends that hands on so many bytes at a time, and may be cut.
struct network {
  network(int a, int b) : a_(a), b_(b) {}
  ~network() { cut(); }
  void cut() {
    for (int* fd : {&a_, &b_})
      if (*fd >= 0) ::close(std::exchange(*fd, -1));
  }
  /// Hands on up to `piece` bytes each way.
  void run(std::size_t piece) {
    hand_on(a_, b_, piece, there);
    hand_on(b_, a_, piece, back);
  }
  std::size_t there = 0, back = 0;  // bytes handed on
  std::size_t most_there = SIZE_MAX, most_back = SIZE_MAX;

 private:
  void hand_on(int from, int to, std::size_t piece, std::size_t& count) {
    std::array<char, 4096> buffer;
    const std::size_t most = &count == &there ? most_there : most_back;
    const std::size_t n = std::min({piece, buffer.size(), most - count});
    if (n == 0 || from < 0) return;
    const ssize_t got = ::recv(from, buffer.data(), n, 0);
    if (got <= 0) return;
    EXPECT_EQ(::send(to, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL), got);
    count += static_cast<std::size_t>(got);
  }
  int a_, b_;
};

struct tls_network : tls_ends {
  /// The client's descriptor; the server's end was accepted.
  int knock_through() {
    int near[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, near), 0);
    between = std::make_unique<network>(near[1], knock());
    return near[0];
  }
  std::unique_ptr<network> between;
};

TEST_F(tls_network, byte_by_byte) {
  shake(knock_through());
  until([&] { return between->run(1), over; });
  ASSERT_TRUE(client.open()) << refusal;
  until([&] { return between->run(1), !servers.empty(); });
  say(client, "from the client");
  say(server(), "from the server");
  until([&] { return between->run(1), server().hears.data == "from the client" && client.hears.data == "from the server"; });
  w.inside([&] { stream::finish(std::move(client.s)); });
  until([&] { return between->run(1), server().hears.ended.has_value(); });
  EXPECT_EQ(*server().hears.ended, stream_end::closed);
}

// Wherever the network ends in the middle of the handshake, both sides hear of it, and nothing is left behind.
TEST_F(tls_network, cut_at_every_byte_of_the_handshake) {
  client_options.resume = false;
  shake(knock_through());
  until([&] { return between->run(SIZE_MAX), over && !servers.empty(); });
  const std::size_t there = between->there, back = between->back;
  ASSERT_GT(there, 300u);
  servers.clear();
  client = {};
  for (const bool forth : {true, false}) {
    for (std::size_t most = 0; most < (forth ? there - 1 : back / 2); ++most) {
      SCOPED_TRACE((forth ? "there " : "back ") + std::to_string(most));
      over = false;
      shake(knock_through());
      (forth ? between->most_there : between->most_back) = most;
      until([&] { return between->run(SIZE_MAX), (forth ? between->there : between->back) == most; });
      between->cut();
      until([&] { return over && door().pending() == 0; });
      EXPECT_TRUE(servers.empty());
      if (!forth || most < 200) {  // in 1.3 the client is ready before its last bytes arrive
        EXPECT_FALSE(refusal.empty());
      }
      client = {};
    }
  }
  until([&] { return w.stream_count() == 0; });
}

}  // namespace
}  // namespace jackfield::net
