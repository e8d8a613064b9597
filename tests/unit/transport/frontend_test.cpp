// frontend: how a server leaves the network (S47).
#include "transport/frontend.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

namespace jackfield::transport {
namespace {

struct leaving : ::testing::Test, session_sink {
  leaving() {
    front.open(*this);
    port = front.listen("127.0.0.1", 0);
  }
  bool has_room() noexcept override { return true; }
  void on_session(engine::session& s) override { sessions.emplace_back(&s); }

  /// A new connection; -1: nobody listens.
  int dial() const {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return fd;
    ::close(fd);
    return -1;
  }
  /// The answer to one request on a connection of its own, until the server closes it or the answer is whole.
  std::string ask(const std::string& query) {
    const int fd = dial();
    const std::string request = "GET /socket.io/?EIO=4&transport=polling" + query + " HTTP/1.1\r\nHost: x\r\n\r\n";
    EXPECT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    std::string got;
    char buffer[4096];
    for (ssize_t n = -1; n != 0 && !whole(got); n = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) {
      if (n > 0) got.append(buffer, static_cast<std::size_t>(n));
      front.poll();
    }
    ::close(fd);
    return got;
  }
  static bool whole(std::string_view text) {
    const auto head = text.find("\r\n\r\n");
    const auto length = text.find("Content-Length: ");
    return head != std::string_view::npos && length < head &&
           text.size() >= head + 4 + std::stoul(std::string(text.substr(length + 16, 10)));
  }
  void drain() {
    front.host().post([this] {
      front.drain([this](std::size_t worker) {
        front.door(worker).sessions().close_all(engine::close_reason::server_shutdown, engine::farewell::graceful);
      });
    });
    front.poll();
  }

  engine_options options;
  std::vector<engine::session_ref> sessions;
  frontend front{options};
  std::uint16_t port = 0;
};

TEST_F(leaving, tells_polling_clients_that_come_back_on_a_new_connection) {  // S47
  ASSERT_NE(ask("").find("\"sid\""), std::string::npos);
  const std::string sid(sessions.at(0)->id());
  drain();
  EXPECT_NE(ask("").find("503 Service Unavailable"), std::string::npos);  // no new sessions
  const auto goodbye = ask("&sid=" + sid);
  EXPECT_TRUE(
      goodbye.ends_with("\r\n\r\n6\x1e"
                        "1"))
      << goodbye;
  EXPECT_NE(goodbye.find("Connection: close"), std::string::npos);
  for (int fd = dial(); fd >= 0; fd = dial()) {  // then the port is given up
    ::close(fd);
    front.poll();
  }
}

TEST_F(leaving, gives_the_port_up_at_once_when_nobody_is_left_to_be_told) {  // S47
  drain();
  EXPECT_EQ(dial(), -1);
}

}  // namespace
}  // namespace jackfield::transport
