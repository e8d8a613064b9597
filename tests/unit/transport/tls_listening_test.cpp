// frontend with TLS: listeners of both kinds side by side, what a request tells of its connection, certificates by port.
#include "net/tls_pem.hpp"
#include "transport/frontend.hpp"
#include "unit/net/tls_ends.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>

namespace jackfield::transport {
namespace {

struct tls_listening : ::testing::Test, session_sink {
  tls_listening() {
    options.cookie.name = "io";
    front = std::make_unique<frontend>(options);
    front->open(*this);
  }
  ~tls_listening() override {
    for (int fd : open) ::close(fd);
  }
  bool has_room() noexcept override { return true; }
  void on_session(engine::session& s) override { sessions.emplace_back(&s); }

  int dial(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    open.push_back(fd);
    return fd;
  }
  /// A handshake of Engine.IO over TLS: what the server answers; "": it refused us.
  std::string open_session(std::uint16_t port) {
    client = std::make_unique<net::foreign_client>(dial(port));
    const auto turn = [this] { front->poll(); };
    if (!client->does(SSL_do_handshake, turn)) return "";
    EXPECT_TRUE(client->does([](SSL* s) { return SSL_write(s, request.data(), static_cast<int>(request.size())); }, turn));
    char buffer[4096];
    EXPECT_TRUE(client->does([&](SSL* s) { return SSL_read(s, buffer, sizeof buffer); }, turn));
    return {buffer, static_cast<std::size_t>(std::max(client->last, 0))};
  }
  std::string open_plain_session(std::uint16_t port) {
    const int fd = dial(port);
    EXPECT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    char buffer[4096];
    ssize_t n = -1;
    for (int i = 0; i < 1'000'000 && n < 0; ++i) {
      front->poll();
      n = ::recv(fd, buffer, sizeof buffer, 0);
    }
    return {buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }
  /// Of the certificate that the last client was shown.
  std::string shown() const { return net::common_name(SSL_get0_peer_certificate(client->ssl.get())); }
  std::string refused(const std::function<void()>& reload) {
    try {
      reload();
      return "";
    } catch (const tls_error& e) {
      return e.what();
    }
  }
  tls_server_options showing(const tests::certificate& c) const {
    return {.certificates = {{.chain_pem = c.pem(), .key_pem = c.key_pem()}}};
  }

  static constexpr std::string_view request = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n";
  tests::certificate one{{.common_name = "one"}}, two{{.common_name = "two"}};
  engine_options options;
  std::vector<engine::session_ref> sessions;
  std::unique_ptr<frontend> front;
  std::unique_ptr<net::foreign_client> client;
  std::vector<int> open;
};

TEST_F(tls_listening, beside_a_plain_listener_and_the_request_says_which) {  // P159 S37 S40
  const auto plain = front->listen("127.0.0.1", 0);
  const auto secure = front->listen_tls("127.0.0.1", 0, showing(one));
  const auto over_tls = open_session(secure);
  EXPECT_TRUE(over_tls.starts_with("HTTP/1.1 200 OK")) << over_tls;
  EXPECT_NE(over_tls.find("; Secure"), std::string::npos) << over_tls;
  const auto without = open_plain_session(plain);
  EXPECT_TRUE(without.starts_with("HTTP/1.1 200 OK")) << without;
  EXPECT_EQ(without.find("; Secure"), std::string::npos) << without;
  ASSERT_EQ(sessions.size(), 2u);
  EXPECT_TRUE(sessions[0]->request().secure());
  EXPECT_EQ(sessions[0]->request().tls()->version, "TLSv1.3");
  EXPECT_FALSE(sessions[1]->request().secure());
  EXPECT_EQ(front->tls_handshakes().completed, 1u);
}

TEST_F(tls_listening, http_on_the_tls_port_and_tls_on_the_plain_one_fail_and_are_counted) {
  const auto plain = front->listen("127.0.0.1", 0);
  const auto secure = front->listen_tls("127.0.0.1", 0, showing(one));
  EXPECT_NE(open_plain_session(secure).find("This port speaks TLS"), std::string::npos);
  EXPECT_EQ(open_session(plain), "");
  EXPECT_EQ(front->tls_handshakes().plain_http, 1u);
  EXPECT_TRUE(sessions.empty());
}

TEST_F(tls_listening, a_port_gets_other_options_and_the_others_keep_theirs) {  // S40
  const auto first = front->listen_tls("127.0.0.1", 0, showing(one));
  const auto second = front->listen_tls("127.0.0.1", 0, showing(one));
  EXPECT_EQ(refused([&] { front->reload_tls(second, showing(two)); }), "");
  open_session(first);
  EXPECT_EQ(shown(), "one");
  open_session(second);
  EXPECT_EQ(shown(), "two");
  EXPECT_EQ(refused([&] { front->reload_tls(first, {.certificates = {{.chain_pem = one.pem(), .key_pem = two.key_pem()}}}); }),
            "the key given for certificate 1 does not belong to it");
  open_session(first);
  EXPECT_EQ(shown(), "one");
  EXPECT_EQ(refused([&] { front->reload_tls(1, showing(two)); }), "no listener on port 1 speaks TLS");
  EXPECT_EQ(refused([&] { front->reload_tls(); }), "");
  open_session(second);
  EXPECT_EQ(shown(), "two");  // the options that it was given, not those that it began with
}

TEST_F(tls_listening, what_cannot_be_used_does_not_listen) {
  EXPECT_NE(refused([&] { front->listen_tls("127.0.0.1", 0, {}); }).find("needs a certificate"), std::string::npos);
  EXPECT_NE(refused([&] { front->reload_tls(443, showing(one)); }).find("443"), std::string::npos);
}

TEST_F(tls_listening, connections_beyond_the_limit_are_closed_before_they_cost_a_handshake) {  // S34
  front.reset();
  options.limits.connections = 1;
  front = std::make_unique<frontend>(options);
  front->open(*this);
  const auto port = front->listen_tls("127.0.0.1", 0, showing(one));
  EXPECT_NE(open_session(port), "");
  const auto first = std::move(client);
  EXPECT_EQ(open_session(port), "");
  EXPECT_EQ(front->tls_handshakes().completed, 1u);
}

}  // namespace
}  // namespace jackfield::transport
