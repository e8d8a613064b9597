// engine_server: what its constructors take.
#include <jackfield/engine.hpp>
#include <jackfield/parser.hpp>

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <stdexcept>
#include <string>

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

}  // namespace
}  // namespace jackfield
