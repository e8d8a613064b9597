// tls_ends: a listener's side and a client's side of TLS on one worker, joined by socket pairs.
#pragma once

#include "net/tls_connect.hpp"
#include "net/tls_door.hpp"
#include "support/certificates.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jackfield::net {

/// What a stream's speaker hears.
struct tls_speaker final : stream_handler {
  void on_data(std::span<char> d) override {
    data.append(d.data(), d.size());
    if (on_bytes) on_bytes();
  }
  void on_end(stream_end how) override { ended = how; }
  void on_drained() override { ++drained; }
  std::string data;
  std::optional<stream_end> ended;
  int drained = 0;
  std::function<void()> on_bytes;
};

/// One end, once its handshake is over.
struct tls_end {
  void take(std::unique_ptr<stream> stream_) {
    s = std::move(stream_);
    s->start(hears);
  }
  bool open() const { return s && s->open(); }
  std::unique_ptr<stream> s;
  tls_speaker hears;
};

/// The authority that everybody here trusts, and what it vouches for.
struct tls_world {
  tests::certificate authority{{.common_name = "the authority", .authority = true}};
  tests::certificate site{{.common_name = "site", .names = "DNS:example.com,DNS:*.example.org,IP:127.0.0.1"}, &authority};

  tls_server_options server() const { return {.certificates = {{.chain_pem = site.pem(), .key_pem = site.key_pem()}}}; }
  tls_client_options client() const { return {.ca_pem = authority.pem()}; }
};

/// A client of OpenSSL's alone, for what ours never does: old versions, strange offers, renegotiation.
class foreign_client {
 public:
  using set_up = std::function<void(SSL_CTX*)>;
  explicit foreign_client(int fd, const set_up& f = {}) : context_(SSL_CTX_new(TLS_client_method())) {
    if (f) f(context_.get());
    ssl.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), fd);
    SSL_set_connect_state(ssl.get());
  }
  /// Whether the call (SSL_do_handshake, …) came to a good end; `turn` lets the other side work.
  template <class Call, class Turn>
  bool does(Call call, Turn turn) {
    for (int i = 0; i < 1'000'000; ++i) {
      ERR_clear_error();
      last = call(ssl.get());
      if (last > 0) return true;
      const int why = SSL_get_error(ssl.get(), last);
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return false;
      turn();
    }
    return false;
  }
  ssl_ptr ssl;
  int last = 0;

 private:
  ssl_ctx_ptr context_;
};

struct tls_ends : ::testing::Test {
  ~tls_ends() override {
    for (int fd : raw) ::close(fd);
  }

  tls_door& door() {
    if (!door_) {
      if (!context) context = std::make_shared<tls_server_context>(server_options);
      door_ = std::make_unique<tls_door>(w, context, stall_limit, [this](std::unique_ptr<stream> s) {
        servers.push_back(std::make_unique<tls_end>());
        servers.back()->take(std::move(s));
      });
    }
    return *door_;
  }
  tls_client_context& clients() {
    if (!client_context) client_context = std::make_unique<tls_client_context>(client_options);
    return *client_context;
  }

  /// A descriptor of a client whose other end was accepted.
  int knock() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    w.inside([&] { door().accept(ends[0]); });
    return ends[1];
  }
  /// The same, kept here and closed at the end.
  int knock_raw() {
    raw.push_back(knock());
    return raw.back();
  }
  void shake(int fd, const std::string& host = "example.com") {
    w.inside([&] {
      tls_connect::start(std::make_unique<stream>(w, fd, std::chrono::milliseconds(2000)), clients(), host, 443,
                         [this](std::unique_ptr<stream> s, std::string why) {
                           refusal = why;
                           over = true;
                           if (s) client.take(std::move(s));
                         });
    });
  }
  /// A client that connects to `host`; whether it got through on its side.
  bool connect(const std::string& host = "example.com") {
    over = false;
    refusal.clear();
    client.hears.data.clear();
    client.hears.ended.reset();
    client.s.reset();
    shake(knock(), host);
    until([&] { return over; });
    return client.open();
  }
  /// And on the server's.
  tls_end& server() {
    until([&] { return !servers.empty(); });
    return *servers.back();
  }

  /// A foreign client's handshake; the server's side is in `servers` when it succeeds.
  bool greets(foreign_client& c) {
    return c.does(SSL_do_handshake, [this] { w.poll(); });
  }
  bool hears_nothing_wrong(foreign_client& c) {  // in TLS 1.3 a refusal comes behind the handshake
    char one;
    c.does([&](SSL* s) { return SSL_read(s, &one, 1); }, [this] { w.poll(); });
    return SSL_get_error(c.ssl.get(), c.last) == SSL_ERROR_NONE;
  }

  template <class F>
  void until(F done) {
    for (int i = 0; i < 1'000'000 && !done(); ++i) w.poll();
    ASSERT_TRUE(done()) << "nothing more happens";
  }
  void say(tls_end& from, std::string_view text) {
    w.inside([&] { from.s->send(text); });
  }
  std::uint64_t counted(tls_event e) { return context->counters().of(e); }

  worker w;
  std::chrono::milliseconds stall_limit{2000};
  tls_world world;
  tls_server_options server_options = world.server();
  tls_client_options client_options = world.client();
  std::shared_ptr<tls_server_context> context;
  std::unique_ptr<tls_client_context> client_context;
  std::vector<std::unique_ptr<tls_end>> servers;
  tls_end client;
  std::unique_ptr<tls_door> door_;
  std::vector<int> raw;
  std::string refusal;
  bool over = false;
};

}  // namespace jackfield::net
