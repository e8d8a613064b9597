// engine_server: what its constructors take, and what its sockets keep.
#include <jackfield/engine.hpp>
#include <jackfield/parser.hpp>

#include <gtest/gtest.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace jackfield {
namespace {

using namespace std::chrono_literals;

/// What the constructor says to these options; empty: it takes them.
std::string complaint(const engine_options& options) {
  try {
    engine_server alone(options);
    return {};
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
}

TEST(engine_server, takes_the_defaults) {
  EXPECT_EQ(complaint({}), "");
  EXPECT_EQ(complaint({.connect_timeout = 0ms}), "");  // 0: the default
}

TEST(engine_server, refuses_a_recovery_that_nothing_would_heed) {
  EXPECT_NE(complaint({.connection_state_recovery = recovery_options{}}).find("connection_state_recovery is Socket.IO's"),
            std::string::npos);
}

TEST(engine_server, refuses_a_connect_timeout_that_nothing_would_heed) {
  EXPECT_NE(complaint({.connect_timeout = 5s}).find("connect_timeout is Socket.IO's"), std::string::npos);
}

TEST(engine_server, refuses_a_client_that_nothing_would_serve) {
  EXPECT_NE(complaint({.client_dir = "client"}).find("client_dir is Socket.IO's"), std::string::npos);
}

TEST(engine_server, refuses_a_parser_that_nothing_would_use) {
  EXPECT_NE(complaint({.parser = msgpack_parser()}).find("parser is Socket.IO's"), std::string::npos);
}

TEST(engine_server, refuses_them_as_a_guest_too) {
  boost::asio::io_context context;
  EXPECT_THROW(engine_server(context, {.connect_timeout = 5s}), std::invalid_argument);
  EXPECT_THROW(engine_server(context, {.client_dir = "client"}), std::invalid_argument);
}

TEST(engine_server, callbacks_that_hold_their_own_socket_end_with_it) {
  using boost::asio::ip::tcp;
  boost::asio::io_context context;
  engine_server server(context, {.path = "/engine.io"});
  std::weak_ptr<int> late;
  std::optional<engine_socket> held;
  std::string why;
  server.on_connection([&](engine_socket s) {
    held.emplace(s);
    s.on_text([s](std::string_view) {});
    s.on_binary([s](bytes_view) {});
    s.on_upgrade([s](std::string_view) {});
    s.on_drain([s] {});
    s.on_close([&, s](std::string_view reason, std::string_view) mutable {
      auto another = std::make_shared<int>();
      late = another;
      s.on_text([s, another](std::string_view) {});
      why = reason;
    });
    server.close();
  });
  const auto port = server.listen(0, "127.0.0.1");
  boost::asio::io_context elsewhere;
  tcp::socket client(elsewhere);
  client.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  constexpr std::string_view handshake = "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n";
  boost::asio::write(client, boost::asio::buffer(handshake));
  while (why.empty()) context.run_one();
  EXPECT_EQ(why, "forced close");
  EXPECT_TRUE(late.expired());
  auto another = std::make_shared<int>();
  late = another;
  held->on_text([s = *held, a = std::move(another)](std::string_view) {});
  EXPECT_TRUE(late.expired()) << "it is over: nothing is taken any more";
}

}  // namespace
}  // namespace jackfield
