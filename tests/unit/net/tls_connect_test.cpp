// tls_connect: what a client refuses, and that it says why.
#include "unit/net/tls_ends.hpp"

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;

struct tls_client : tls_ends {
  std::string refused(const std::string& host = "example.com") { return connect(host) ? "" : refusal; }
  void serve(const tests::certificate& c) { server_options.certificates = {{.chain_pem = c.pem(), .key_pem = c.key_pem()}}; }
};

TEST_F(tls_client, trusts_names_and_addresses_of_the_certificate) {
  EXPECT_EQ(refused("example.com"), "");
  EXPECT_EQ(refused("a.example.org"), "");
  EXPECT_EQ(refused("127.0.0.1"), "");
}

TEST_F(tls_client, refuses_another_host) {
  EXPECT_EQ(refused("example.net"), "certificate is for example.com, *.example.org, not for example.net");
  EXPECT_EQ(refused("127.0.0.2"), "certificate is for DNS:example.com, DNS:*.example.org, IP:127.0.0.1, not for 127.0.0.2");
  EXPECT_EQ(counted(tls_event::completed), 0u);
}

TEST_F(tls_client, refuses_what_is_out_of_date) {
  const tests::certificate late({.common_name = "late", .names = "DNS:example.com", .from = -48h, .until = -24h},
                                &world.authority);
  serve(late);
  EXPECT_TRUE(refused().starts_with("certificate has expired (on 2")) << refusal;
}

TEST_F(tls_client, refuses_what_is_not_valid_yet) {
  const tests::certificate early({.common_name = "early", .names = "DNS:example.com", .from = 24h, .until = 48h},
                                 &world.authority);
  serve(early);
  EXPECT_TRUE(refused().starts_with("certificate is not valid yet (before 2")) << refusal;
}

TEST_F(tls_client, refuses_an_authority_that_it_does_not_know) {
  const tests::certificate stranger({.common_name = "stranger", .authority = true});
  client_options.ca_pem = stranger.pem();
  EXPECT_EQ(refused(), "unknown authority: nobody here vouches for \"CN=the authority\"");
}

TEST_F(tls_client, refuses_a_certificate_that_vouches_for_itself) {
  const tests::certificate alone({.common_name = "alone", .names = "DNS:example.com"});
  serve(alone);
  EXPECT_EQ(refused(), "certificate is self-signed, and not among the trusted ones");
  client_options.ca_pem = alone.pem();
  client_context.reset();
  door_.reset();
  EXPECT_EQ(refused(), "");
}

TEST_F(tls_client, trusts_the_machines_authorities_when_nothing_is_said) {
  client_options.ca_pem.clear();
  EXPECT_EQ(refused(), "unknown authority: nobody here vouches for \"CN=the authority\"");
}

TEST_F(tls_client, checks_nothing_when_told_so_and_claims_nothing) {
  client_options.verify = tls_client_options::verification::off_and_insecure;
  client_options.ca_pem.clear();
  EXPECT_EQ(refused("anything.test"), "");
  EXPECT_FALSE(client.s->tls()->info()->peer.has_value());
}

TEST_F(tls_client, host_name_and_server_name_can_be_others_than_the_urls) {
  client_options.host_name = "example.com";
  client_options.server_name = "shown.test";
  EXPECT_EQ(refused("10.0.0.1"), "");
  EXPECT_EQ(server().s->tls()->info()->server_name, "shown.test");
}

TEST_F(tls_client, hears_when_the_server_wants_a_certificate) {
  server_options.clients = client_certificates::required;
  server_options.client_ca_pem = world.authority.pem();
  connect();
  if (client.open()) {  // TLS 1.3: the refusal comes behind the handshake
    until([&] { return client.hears.ended.has_value(); });
    EXPECT_NE(client.s->tls()->failure().find("certificate required"), std::string::npos) << client.s->tls()->failure();
  }
}

TEST_F(tls_client, hears_when_the_server_speaks_no_tls) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  raw.push_back(ends[0]);
  const std::string_view answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
  ASSERT_GT(::send(ends[0], answer.data(), answer.size(), 0), 0);
  shake(ends[1]);
  until([&] { return over; });
  EXPECT_EQ(refusal, "wrong version number");
}

TEST_F(tls_client, gives_up_at_its_deadline) {
  client_options.handshake_time = 30ms;
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  raw.push_back(ends[0]);
  shake(ends[1]);
  until([&] { return over; });
  EXPECT_EQ(refusal, "the handshake took longer than 30 ms");
}

TEST_F(tls_client, can_be_cancelled) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  raw.push_back(ends[0]);
  base::ref<tls_connect> c;
  w.inside([&] {
    c = tls_connect::start(std::make_unique<stream>(w, ends[1], 1s), clients(), "example.com", 443,
                           [this](std::unique_ptr<stream>, std::string) { over = true; });
  });
  w.poll();
  w.inside([&] { c->cancel(); });
  w.poll();
  EXPECT_FALSE(over);
  EXPECT_EQ(w.stream_count(), 0u);
}

TEST_F(tls_client, keeps_the_sessions_of_a_bounded_number_of_hosts) {
  tls_sessions kept;
  for (std::size_t i = 0; i < tls_sessions::most + 10; ++i)
    kept.keep("host " + std::to_string(i), ssl_session_ptr(SSL_SESSION_new()));
  EXPECT_EQ(kept.size(), tls_sessions::most);
}

TEST_F(tls_client, options_that_make_no_sense_are_refused_with_a_sentence) {
  const auto refused_options = [](tls_client_options o) -> std::string {
    try {
      tls_client_context c(std::move(o));
      return "";
    } catch (const tls_error& e) {
      return e.what();
    }
  };
  EXPECT_NE(refused_options({.ca_file = "/nowhere/ca.pem"}).find("/nowhere/ca.pem"), std::string::npos);
  EXPECT_NE(refused_options({.ca_file = "a", .ca_pem = "b"}).find("one of"), std::string::npos);
  EXPECT_NE(refused_options({.ciphers = "nothing"}).find("nothing"), std::string::npos);
  EXPECT_NE(refused_options({.cipher_suites = "nothing"}).find("nothing"), std::string::npos);
  EXPECT_NE(refused_options({.handshake_time = 0ms}).find("handshake_time"), std::string::npos);
  EXPECT_NE(refused_options({.alpn = std::string(256, 'x')}).find("alpn"), std::string::npos);
  EXPECT_NE(refused_options({.certificate = tls_certificate{.chain_pem = "x"}}).find("certificate"), std::string::npos);
}

}  // namespace
}  // namespace jackfield::net
