// client_dialer over TLS: what is checked, and what a refusal says.
#include "client_rig.hpp"
#include "unit/net/tls_ends.hpp"

namespace jackfield::transport {
namespace {

using engine::close_reason;

class client_secure : public client_rig {
 protected:
  void serve_tls(tls_server_options o) {
    front = std::make_unique<frontend>(served);
    front->open(*this);
    port = front->listen_tls("127.0.0.1", 0, std::move(o));
    dials.secure = true;
  }
  std::string refusal() {
    connect();
    EXPECT_TRUE(until([&] { return hears.closes == 1; }));
    EXPECT_EQ(hears.opens, 0);
    EXPECT_EQ(hears.reason, close_reason::transport_error);
    return hears.description;
  }
  net::tls_world world;
};

TEST_F(client_secure, polling_and_websocket_with_an_authority_of_ones_own) {
  serve_tls(world.server());
  dials.tls = world.client();
  connect();
  ASSERT_TRUE(until([&] { return hears.upgrades == 1; }));
  ASSERT_TRUE(say("a secret"));
  ASSERT_TRUE(until([&] { return hears.messages.size() == 1; }));
  EXPECT_TRUE(sessions[0]->session->request().secure());
  EXPECT_GE(front->tls_handshakes().resumed, 1u) << "the second connection resumes the first one's session";
}

TEST_F(client_secure, an_unknown_authority_is_refused) {
  serve_tls(world.server());
  const auto why = refusal();
  EXPECT_NE(why.find("TLS: "), std::string::npos) << why;
  EXPECT_NE(why.find("authority"), std::string::npos) << why;
}

TEST_F(client_secure, another_host_name_is_refused) {
  serve_tls(world.server());
  dials.tls = world.client();
  dials.tls.host_name = "example.net";
  const auto why = refusal();
  EXPECT_NE(why.find("example.net"), std::string::npos) << why;
}

TEST_F(client_secure, a_websocket_alone_is_checked_as_well) {
  options.transports = {websocket};
  serve_tls(world.server());
  EXPECT_NE(refusal().find("authority"), std::string::npos);
}

TEST_F(client_secure, who_checks_nothing_has_said_so) {
  serve_tls(world.server());
  dials.tls.verify = tls_client_options::verification::off_and_insecure;
  connect();
  ASSERT_TRUE(until([&] { return hears.upgrades == 1; }));
}

TEST_F(client_secure, a_certificate_of_the_client) {
  const tests::certificate of_client{{.common_name = "robot 7"}, &world.authority};
  auto o = world.server();
  o.clients = client_certificates::required;
  o.client_ca_pem = world.authority.pem();
  serve_tls(o);
  dials.tls = world.client();
  dials.tls.certificate = tls_certificate{.chain_pem = of_client.pem(), .key_pem = of_client.key_pem()};
  connect();
  ASSERT_TRUE(until([&] { return open(); }));
}

TEST_F(client_secure, a_server_that_wants_one_refuses_who_has_none) {
  auto o = world.server();
  o.clients = client_certificates::required;
  o.client_ca_pem = world.authority.pem();
  serve_tls(o);
  dials.tls = world.client();
  EXPECT_NE(refusal(), "");
}

TEST_F(client_secure, a_server_without_tls_is_told_from_one_that_has_it) {
  serve();
  dials.secure = true;
  EXPECT_NE(refusal().find("TLS: "), std::string::npos);
}

TEST_F(client_secure, through_a_proxy) {
  serve_tls(world.server());
  between().proxy = true;
  dials.proxy = "http://127.0.0.1:" + std::to_string(middle->port);
  dials.port = port;
  dials.tls = world.client();
  connect();
  ASSERT_TRUE(until([&] { return hears.upgrades == 1; }));
  EXPECT_TRUE(middle->all[0]->seen.starts_with("CONNECT 127.0.0.1:" + std::to_string(port) + " HTTP/1.1\r\n"));
}

TEST_F(client_secure, certificates_that_cannot_be_read_are_refused_at_once) {
  dials.host = "example.com";
  dials.secure = true;
  dials.tls.ca_file = "/no/such/file";
  EXPECT_THROW(client_dialer(w, dials), tls_error);
}

}  // namespace
}  // namespace jackfield::transport
