// gateway_rig: a gateway over socket pairs: real HTTP in and out, no port.
#pragma once

#include "net/worker.hpp"
#include "transport/gateway.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::transport {

struct client {
  explicit client(int d) : fd(d) {}
  ~client() { ::close(fd); }
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  void read() {
    char buffer[65536];
    for (ssize_t n; (n = ::recv(fd, buffer, sizeof buffer, 0)) >= 0;) {
      if (n == 0) {
        closed = true;
        return;
      }
      got.append(buffer, static_cast<std::size_t>(n));
    }
  }
  int fd;
  std::string got;
  bool closed = false;
};

struct gateway_fixture : ::testing::Test, session_sink {
  bool has_room() noexcept override { return room; }
  void on_session(engine::session& s) override { sessions.emplace_back(&s); }

  gateway& door() {
    if (!door_) door_ = std::make_unique<gateway>(w, options, hooks, routes, *this, group);
    return *door_;
  }
  std::unique_ptr<client> connect() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    door().accept(ends[0]);
    return std::make_unique<client>(ends[1]);
  }
  void send(client& c, std::string_view request) {
    ASSERT_EQ(::send(c.fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  }
  std::string answer(client& c, std::string_view request) {
    c.got.clear();
    send(c, request);
    until(c, [&] { return c.closed || whole(c.got); });
    return c.got;
  }
  std::string ask(std::string_view request) { return answer(*connect(), request); }
  template <class F>
  void until(client& c, F done) {
    for (c.read(); !done(); c.read()) context.run_one();
  }
  static bool whole(const std::string& text) {
    auto head = text.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    auto length = text.find("Content-Length: ");
    return length > head || text.size() >= head + 4 + std::stoul(text.substr(length + 16));
  }
  static std::string get(std::string_view query, std::string_view more = {}) {
    return "GET /socket.io/?" + std::string(query) + " HTTP/1.1\r\nHost: x\r\n" + std::string(more) + "\r\n";
  }
  static std::string upgrade(std::string_view query, std::string_view more = {}) {
    return get(query,
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
               "Sec-WebSocket-Version: 13\r\n" +
                   std::string(more));
  }
  std::string sid() const { return std::string(sessions.back()->id()); }

  engine_options options;
  engine_hooks hooks;
  boost::asio::io_context context;
  net::worker w{context};
  route_table routes;
  gateway_group group;
  std::unique_ptr<gateway> door_;
  std::vector<engine::session_ref> sessions;
  bool room = true;
};

inline constexpr auto polling = "EIO=4&transport=polling";
inline constexpr auto websocket_query = "EIO=4&transport=websocket";

}  // namespace jackfield::transport
