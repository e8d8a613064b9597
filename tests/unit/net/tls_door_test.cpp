// tls_door: who is let in and who is not, how long it may take, and that a storm of newcomers starves nobody.
#include "unit/net/tls_ends.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;

struct tls_door_test : tls_ends {
  void one_turn() {
    w.post([this] { w.leave(); });
    w.poll();
  }
  std::string answer(int fd) {
    std::string got;
    char buffer[4096];
    until([&] {
      for (;;) {
        const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
        if (n > 0) got.append(buffer, static_cast<std::size_t>(n));
        if (n <= 0) return n == 0;
      }
    });
    return got;
  }
};

TEST_F(tls_door_test, refuses_1_1) {  // S40
  foreign_client c(knock_raw(), [](SSL_CTX* x) {
    SSL_CTX_set_security_level(x, 0);
    SSL_CTX_set_min_proto_version(x, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(x, TLS1_1_VERSION);
  });
  EXPECT_FALSE(greets(c));
  until([&] { return counted(tls_event::failed) == 1; });
}

TEST_F(tls_door_test, min_version_1_3_refuses_1_2) {
  server_options.min_version = tls_version::v1_3;
  foreign_client c(knock_raw(), [](SSL_CTX* x) { SSL_CTX_set_max_proto_version(x, TLS1_2_VERSION); });
  EXPECT_FALSE(greets(c));
}

TEST_F(tls_door_test, refuses_ciphers_without_forward_secrecy) {  // S40
  foreign_client c(knock_raw(), [](SSL_CTX* x) {
    SSL_CTX_set_max_proto_version(x, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(x, "AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA256");
  });
  EXPECT_FALSE(greets(c));
}

TEST_F(tls_door_test, takes_http_1_1_of_what_is_offered_and_refuses_who_offers_something_else) {
  const auto offers = [](std::string list) {
    return [list](SSL_CTX* x) {
      SSL_CTX_set_alpn_protos(x, reinterpret_cast<const unsigned char*>(list.data()), static_cast<unsigned>(list.size()));
    };
  };
  foreign_client both(knock_raw(), offers("\x02h2\x08http/1.1"));
  ASSERT_TRUE(greets(both));
  EXPECT_EQ(server().s->tls()->info()->alpn, "http/1.1");
  foreign_client other(knock_raw(), offers("\x02h2"));
  EXPECT_FALSE(greets(other));
  foreign_client none(knock_raw());
  EXPECT_TRUE(greets(none));
}

TEST_F(tls_door_test, http_without_tls_is_told_so) {
  for (const char* request : {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS /socket.io/ HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    const int fd = knock_raw();
    ASSERT_GT(::send(fd, request, strlen(request), 0), 0);
    const std::string text = answer(fd);
    EXPECT_TRUE(text.starts_with("HTTP/1.1 400 Bad Request\r\n")) << text;
    EXPECT_NE(text.find("https://"), std::string::npos);
  }
  EXPECT_EQ(counted(tls_event::plain_http), 2u);
  EXPECT_EQ(door().pending(), 0u);
}

TEST_F(tls_door_test, who_spoke_http_and_went_is_counted_once) {
  const int fd = knock_raw();
  ASSERT_EQ(::send(fd, "G", 1, 0), 1);
  ::shutdown(fd, SHUT_RDWR);  // neither more of it, nor anybody who would hear the answer
  until([&] { return door().pending() == 0 && w.stream_count() == 0; });
  EXPECT_EQ(counted(tls_event::plain_http), 1u);
  EXPECT_EQ(counted(tls_event::went), 0u);
}

TEST_F(tls_door_test, garbage_is_closed_and_counted) {
  using namespace std::string_literals;
  std::uint64_t n = 0;
  for (const std::string& garbage :
       {std::string(64, '\0'), "\x80\x03\x01\x00\x02"s, "\x16\x03\x01\x40\x00"s + std::string(0x4000, 'x'),
        "\x15\x03\x01\x00\x02\x02\x28"s, "\xff\xfe\xfd\xfc\xfb\xfa"s}) {
    const int fd = knock_raw();
    ASSERT_GT(::send(fd, garbage.data(), garbage.size(), 0), 0);
    answer(fd);
    EXPECT_EQ(counted(tls_event::failed), ++n);
  }
  EXPECT_EQ(door().pending(), 0u);
}

TEST_F(tls_door_test, who_says_nothing_or_dribbles_is_closed_at_the_deadline) {  // S5 S40
  server_options.handshake_time = 60ms;
  const int silent = knock_raw();
  const int dribbling = knock_raw();
  ASSERT_EQ(::send(dribbling, "\x16\x03", 2, 0), 2);
  EXPECT_EQ(answer(silent), "");
  EXPECT_EQ(answer(dribbling), "");
  EXPECT_EQ(counted(tls_event::timed_out), 2u);
  EXPECT_EQ(w.limits().hits(base::limit::handshake_time), 2u);
}

TEST_F(tls_door_test, more_handshakes_than_allowed_are_turned_away) {  // S40
  server_options.pending_handshakes = 2;
  knock_raw();
  knock_raw();
  EXPECT_EQ(answer(knock_raw()), "");
  EXPECT_EQ(door().pending(), 2u);
  EXPECT_EQ(counted(tls_event::refused), 1u);
  EXPECT_EQ(w.limits().hits(base::limit::pending_handshakes), 1u);
}

// A hundred handshakes begin at once while a client that is connected has its messages echoed: each turn spends its share on
// one step of one handshake, and each echo is there two turns after its question.
TEST_F(tls_door_test, a_storm_of_handshakes_does_not_starve_who_is_connected) {
  server_options.handshake_share = 0us;
  foreign_client connected(knock_raw());
  ASSERT_TRUE(greets(connected));
  tls_end& s = server();
  s.hears.on_bytes = [&] { s.s->send(std::exchange(s.hears.data, {})); };
  std::vector<std::unique_ptr<foreign_client>> storm;
  for (int i = 0; i < 100; ++i) {
    storm.push_back(std::make_unique<foreign_client>(knock_raw()));
    SSL_do_handshake(storm.back()->ssl.get());  // the first message is on its way
  }
  const auto before = door().steps();
  int echoes = 0;
  for (; door().steps() < before + 100; ++echoes) {
    ASSERT_EQ(SSL_write(connected.ssl.get(), "ping", 4), 4);
    char back[4];
    int turns = 0;
    for (; SSL_read(connected.ssl.get(), back, 4) <= 0 && turns < 100; ++turns) {
      const auto steps = door().steps();
      one_turn();
      EXPECT_LE(door().steps() - steps, 1u);
    }
    ASSERT_LE(turns, 2) << "after " << door().steps() - before << " steps";
  }
  EXPECT_GE(echoes, 50);
  for (auto& c : storm) EXPECT_TRUE(greets(*c));
}

TEST_F(tls_door_test, the_certificate_is_chosen_by_the_name_that_the_client_asks_for) {
  const tests::certificate other({.common_name = "other", .names = "DNS:other.test,DNS:*.wild.test"}, &world.authority);
  server_options.certificates.push_back({.chain_pem = other.pem(), .key_pem = other.key_pem()});
  const auto shown = [&](const std::string& host) {
    client_options.server_name = host;
    client_options.verify = tls_client_options::verification::full;
    client_options.host_name = host;
    client_context.reset();
    connect(host);
    return client.open() ? client.s->tls()->info()->peer->common_name : refusal;
  };
  EXPECT_EQ(shown("other.test"), "other");
  EXPECT_EQ(shown("OTHER.test"), "other");
  EXPECT_EQ(shown("a.wild.test"), "other");
  EXPECT_EQ(shown("a.b.wild.test"), "certificate is for example.com, *.example.org, not for a.b.wild.test");
  EXPECT_EQ(shown("wild.test"), "certificate is for example.com, *.example.org, not for wild.test");
  EXPECT_EQ(shown("example.com"), "site");
  EXPECT_EQ(shown("www.example.org"), "site");
  EXPECT_EQ(shown("127.0.0.1"), "site");  // an address is not sent as a name: the first
}

TEST_F(tls_door_test, clients_without_a_certificate_come_in_where_it_is_only_asked_for) {
  server_options.clients = client_certificates::request;
  server_options.client_ca_pem = world.authority.pem();
  ASSERT_TRUE(connect()) << refusal;
  EXPECT_FALSE(server().s->tls()->info()->peer.has_value());
  const tests::certificate me({.common_name = "sensor 7", .names = "URI:spiffe://plant/7,email:a@b.test,IP:::1"},
                              &world.authority);
  client_options.certificate = {.chain_pem = me.pem(), .key_pem = me.key_pem()};
  client_context.reset();
  servers.clear();
  ASSERT_TRUE(connect()) << refusal;
  const auto& peer = *server().s->tls()->info()->peer;
  EXPECT_EQ(peer.subject, "CN=sensor 7");
  EXPECT_EQ(peer.issuer, "CN=the authority");
  EXPECT_EQ(peer.common_name, "sensor 7");
  EXPECT_EQ(peer.names, (std::vector<std::string>{"URI:spiffe://plant/7", "email:a@b.test", "IP:::1"}));
  EXPECT_EQ(peer.fingerprint_sha256.size(), 64u);
  EXPECT_FALSE(peer.serial.empty());
}

TEST_F(tls_door_test, clients_need_a_certificate_where_it_is_required_and_the_right_one) {
  server_options.clients = client_certificates::required;
  server_options.client_ca_pem = world.authority.pem();
  const auto let_in = [&] {
    client_context.reset();
    servers.clear();
    const auto before = counted(tls_event::failed);
    connect();
    until([&] { return !servers.empty() || counted(tls_event::failed) > before; });
    if (client.open()) until([&] { return !servers.empty() || client.hears.ended.has_value(); });
    return !servers.empty();
  };
  door();
  EXPECT_FALSE(let_in());
  const tests::certificate stranger({.common_name = "stranger"});
  client_options.certificate = {.chain_pem = stranger.pem(), .key_pem = stranger.key_pem()};
  EXPECT_FALSE(let_in());
  const tests::certificate late({.common_name = "late", .from = -48h, .until = -24h}, &world.authority);
  client_options.certificate = {.chain_pem = late.pem(), .key_pem = late.key_pem()};
  EXPECT_FALSE(let_in());
  const tests::certificate me({.common_name = "me"}, &world.authority);
  client_options.certificate = {.chain_pem = me.pem(), .key_pem = me.key_pem()};
  EXPECT_TRUE(let_in());
}

TEST_F(tls_door_test, sessions_are_resumed_by_tickets) {
  ASSERT_TRUE(connect());
  until([&] { return clients().sessions().size() == 1; });
  say(server(), "a ticket came before this");
  until([&] { return !client.hears.data.empty(); });
  servers.clear();
  ASSERT_TRUE(connect());
  EXPECT_TRUE(client.s->tls()->info()->resumed);
  EXPECT_TRUE(server().s->tls()->info()->resumed);
  EXPECT_EQ(counted(tls_event::resumed), 1u);
}

struct resumption : tls_door_test {
  /// Two connections of a foreign client, the second with the session of the first; whether that was resumed.
  bool resumes(int version, const std::function<void()>& between = {}) {
    const auto set_up = [version](SSL_CTX* x) {
      SSL_CTX_set_max_proto_version(x, version);
      SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_CLIENT);
    };
    servers.clear();
    foreign_client first(knock_raw(), set_up);
    EXPECT_TRUE(greets(first));
    say(server(), "x");
    char one;
    EXPECT_TRUE(first.does([&](SSL* s) { return SSL_read(s, &one, 1); }, [this] { w.poll(); }));
    ssl_session_ptr session(SSL_get1_session(first.ssl.get()));
    SSL_shutdown(first.ssl.get());
    if (between) between();
    foreign_client second(knock_raw(), set_up);
    SSL_set_session(second.ssl.get(), session.get());
    EXPECT_TRUE(greets(second));
    until([&] { return door().pending() == 0; });
    return SSL_session_reused(second.ssl.get()) == 1;
  }
};

TEST_F(resumption, in_both_versions) {
  EXPECT_TRUE(resumes(TLS1_2_VERSION));
  EXPECT_TRUE(resumes(TLS1_3_VERSION));
}

TEST_F(resumption, without_tickets_sessions_are_kept_here_as_many_as_allowed) {
  server_options.tickets = false;
  server_options.session_cache = 10;
  EXPECT_TRUE(resumes(TLS1_2_VERSION));
  EXPECT_TRUE(resumes(TLS1_3_VERSION));
  EXPECT_FALSE(resumes(TLS1_2_VERSION, [&] {
    for (int i = 0; i < 12; ++i) {
      foreign_client c(knock_raw(), [](SSL_CTX* x) { SSL_CTX_set_max_proto_version(x, TLS1_2_VERSION); });
      EXPECT_TRUE(greets(c));
    }
  }));
}

TEST_F(resumption, off_means_off) {
  server_options.tickets = false;
  EXPECT_FALSE(resumes(TLS1_2_VERSION));
}

TEST_F(resumption, the_keys_of_tickets_are_kept_over_a_reload) {
  EXPECT_TRUE(resumes(TLS1_3_VERSION, [&] { context->reload(); }));
}

TEST_F(resumption, sessions_that_began_under_other_authorities_are_not_resumed) {
  server_options.clients = client_certificates::request;
  server_options.client_ca_pem = world.authority.pem();
  EXPECT_FALSE(resumes(TLS1_3_VERSION, [&] {
    const tests::certificate another({.common_name = "another", .authority = true});
    auto fresh = server_options;
    fresh.client_ca_pem = another.pem();
    context->reload(fresh);
  }));
}

TEST_F(tls_door_test, a_new_certificate_is_shown_to_newcomers_and_who_is_connected_stays) {
  ASSERT_TRUE(connect());
  tls_end& before = server();
  tls_end first;
  std::swap(first.s, client.s);
  first.s->set_handler(first.hears);
  const tests::certificate fresh({.common_name = "fresh", .names = "DNS:example.com"}, &world.authority);
  context->reload({.certificates = {{.chain_pem = fresh.pem(), .key_pem = fresh.key_pem()}}});
  client_options.resume = false;
  client_context.reset();
  ASSERT_TRUE(connect());
  EXPECT_EQ(client.s->tls()->info()->peer->common_name, "fresh");
  say(first, "still here");
  until([&] { return before.hears.data == "still here"; });
}

TEST_F(tls_door_test, a_bad_new_certificate_is_refused_with_a_sentence_and_the_old_one_stays) {
  door();
  const auto refused = [&](tls_server_options o) -> std::string {
    try {
      context->reload(std::move(o));
      return "";
    } catch (const tls_error& e) {
      return e.what();
    }
  };
  const tests::certificate other({.common_name = "other"});
  EXPECT_EQ(refused({.certificates = {{.chain_pem = world.site.pem(), .key_pem = other.key_pem()}}}),
            "the key given for certificate 1 does not belong to it");
  const tests::certificate late({.common_name = "late", .from = -48h, .until = -24h});
  EXPECT_NE(refused({.certificates = {{.chain_pem = late.pem(), .key_pem = late.key_pem()}}}).find("expired on"),
            std::string::npos);
  EXPECT_NE(refused({.certificates = {{.chain_file = "/nowhere/x.pem"}}}).find("/nowhere/x.pem: No such file"),
            std::string::npos);
  EXPECT_NE(refused({.certificates = {{.chain_pem = "nonsense"}}}).find("no readable PEM certificate"), std::string::npos);
  EXPECT_NE(refused({}).find("needs a certificate"), std::string::npos);
  auto none = world.server();
  none.pending_handshakes = 0;
  EXPECT_NE(refused(none).find("pending_handshakes"), std::string::npos);
  for (const auto& [name, clear] : std::initializer_list<std::pair<const char*, void (*)(tls_server_options&)>>{
           {"ticket_key_life", [](tls_server_options& o) { o.ticket_key_life = 0s; }},
           {"session_life", [](tls_server_options& o) { o.session_life = 0s; }},
           {"handshake_time", [](tls_server_options& o) { o.handshake_time = 0ms; }}}) {
    auto zero = world.server();
    clear(zero);
    EXPECT_NE(refused(zero).find(name), std::string::npos) << name;
  }
  ASSERT_TRUE(connect()) << refusal;
  EXPECT_EQ(client.s->tls()->info()->peer->common_name, "site");
}

TEST_F(tls_door_test, the_end_of_the_door_is_the_end_of_its_handshakes) {
  const int fd = knock_raw();
  w.poll();
  w.inside([&] { door_.reset(); });
  EXPECT_EQ(answer(fd), "");
}

}  // namespace
}  // namespace jackfield::net
