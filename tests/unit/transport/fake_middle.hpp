// fake_middle: what stands between a client and its server: a proxy that is asked by CONNECT or forwards requests, or a middlebox
// that looks into what passes, cuts it, or says something of its own. On loopback, without a thread: poll() moves what there is
// to move.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::transport {

class fake_middle {
 public:
  struct connection {
    int client = -1, server = -1;
    std::string to_server, to_client;  // what is on its way
    std::string seen;                  // what the client said before there was a way to the server
    bool reached = false;
    bool forwarding = false;
    bool last_was_post = false;
    bool over = false;
    /// The end in order, towards both.
    void end() {
      ::shutdown(client, SHUT_RDWR);
      ::shutdown(server, SHUT_RDWR);
      over = true;
    }
    /// The end, as a broken network makes it.
    void reset() {
      for (int* fd : {&client, &server}) {
        const linger now{1, 0};
        if (*fd >= 0) ::setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        if (*fd >= 0) ::close(*fd);
        *fd = -1;
      }
      over = true;
    }
  };

  explicit fake_middle(std::uint16_t server_port) : server_port_(server_port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(fd_, 64), 0);
    socklen_t size = sizeof at;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
  }
  ~fake_middle() {
    for (auto& c : all) c->reset();
    ::close(fd_);
  }
  fake_middle(const fake_middle&) = delete;
  fake_middle& operator=(const fake_middle&) = delete;

  void poll() {
    for (int fd; (fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
      all.push_back(std::make_unique<connection>());
      all.back()->client = fd;
      if (!proxy) reach(*all.back());
    }
    for (auto& c : all)
      if (!c->over) move(*c);
  }
  /// Opens the way to the server.
  void reach(connection& c) {
    c.server = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server_port_);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(c.server, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    ::fcntl(c.server, F_SETFL, O_NONBLOCK);
    c.reached = true;
  }

  std::uint16_t port = 0;
  bool proxy = false;                                    // wait for CONNECT, or a request to forward
  std::string proxy_answer = "HTTP/1.1 200 OK\r\n\r\n";  // another status: no way is opened
  std::function<void(connection&)> on_up, on_down;       // may change what is on its way, or reset
  std::vector<std::unique_ptr<connection>> all;

 private:
  void move(connection& c) {
    if (!c.reached) return ask(c);
    const bool came = take(c.client, c.to_server);
    if (came) c.last_was_post = c.to_server.starts_with("POST ");
    if (came && c.forwarding) make_own(c);
    if (came && on_up) on_up(c);
    if (c.over) return;
    if (take(c.server, c.to_client) && on_down) on_down(c);
    if (c.over) return;
    give(c.server, c.to_server);
    give(c.client, c.to_client);
    if (ended_ && c.to_server.empty() && c.to_client.empty()) c.reset();
  }
  void ask(connection& c) {
    take(c.client, c.seen);
    if (ended_) return c.reset();
    if (c.seen.find("\r\n\r\n") == std::string::npos) return;
    const bool willing = proxy_answer.find(" 200 ") != std::string::npos;
    if (willing && !c.seen.starts_with("CONNECT ")) {
      c.forwarding = true;
      c.to_server = c.seen;
      make_own(c);
      return reach(c);
    }
    c.to_client = proxy_answer;
    if (willing) return reach(c);
    give(c.client, c.to_client);
    ::shutdown(c.client, SHUT_WR);
    c.seen.clear();
  }
  /// The request as a proxy hands it on: its target without the host, and without what was for the proxy.
  static void make_own(connection& c) {
    const auto scheme = c.to_server.find(" http://");
    if (scheme > 5) return;
    c.to_server.erase(scheme + 1, c.to_server.find('/', scheme + 8) - scheme - 1);
    const auto line = c.to_server.find("Proxy-Authorization:");
    if (line != std::string::npos) c.to_server.erase(line, c.to_server.find("\r\n", line) + 2 - line);
  }
  bool take(int fd, std::string& into) {
    char buffer[16384];
    const auto n = ::recv(fd, buffer, sizeof buffer, 0);
    ended_ = n == 0 || (n < 0 && errno != EAGAIN);
    if (n > 0) into.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
  }
  static void give(int fd, std::string& from) {
    if (from.empty()) return;
    const auto n = ::send(fd, from.data(), from.size(), MSG_NOSIGNAL);
    if (n > 0) from.erase(0, static_cast<std::size_t>(n));
  }

  int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  std::uint16_t server_port_;
  bool ended_ = false;
};

}  // namespace jackfield::transport
