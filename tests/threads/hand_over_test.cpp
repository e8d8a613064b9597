// Connections that carry requests for sessions of several workers, sent at once: each moves from thread to thread between two
// answers, while the one that it leaves may still have to write.
#include <jackfield/engine.hpp>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace jackfield::tests {
namespace {

constexpr std::string_view polling = "/engine.io/?EIO=4&transport=polling";

/// Plain HTTP with blocking calls.
class http_line {
 public:
  explicit http_line(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("cannot connect");
  }
  ~http_line() { ::close(fd_); }
  http_line(const http_line&) = delete;
  http_line& operator=(const http_line&) = delete;

  void send(std::string_view bytes) {
    if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("cannot send");
  }
  /// The body of the next answer.
  std::string answer() {
    const auto head = until("\r\n\r\n");
    const auto at = head.find("Content-Length: ");
    if (at == std::string::npos) throw std::runtime_error("an answer without a length: " + head);
    const auto size = std::stoul(head.substr(at + 16));
    while (in_.size() < size) more();
    auto body = in_.substr(0, size);
    in_.erase(0, size);
    return body;
  }

 private:
  std::string until(std::string_view end) {
    while (in_.find(end) == std::string::npos) more();
    const auto n = in_.find(end) + end.size();
    auto text = in_.substr(0, n);
    in_.erase(0, n);
    return text;
  }
  void more() {
    char buffer[4096];
    const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) throw std::runtime_error("the connection ended in the middle of an answer");
    in_.append(buffer, static_cast<std::size_t>(n));
  }
  int fd_;
  std::string in_;
};

std::string request(std::string_view method, std::string_view sid, std::string_view body = {}) {
  std::string text(method);
  text.append(" ").append(polling);
  if (!sid.empty()) text.append("&sid=").append(sid);
  text.append(" HTTP/1.1\r\nHost: x\r\n");
  if (!body.empty()) text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  return text.append("\r\n").append(body);
}

std::string open_session(std::uint16_t port) {
  http_line line(port);
  line.send(request("GET", {}));
  const auto opened = line.answer();
  const auto at = opened.find("\"sid\":\"") + 7;
  return opened.substr(at, opened.find('"', at) - at);
}

TEST(hand_over, requests_for_sessions_of_several_workers_are_answered_in_their_order) {
  engine_server server(engine_options{.path = "/engine.io", .workers = 4});
  server.on_connection([](engine_socket s) { s.on_text([s](std::string_view text) mutable { s.send(text); }); });
  const auto port = server.listen(0, "127.0.0.1");
  std::thread loop([&] { server.run(); });
  constexpr int lines = 3, sessions = 12, rounds = 20;
  std::vector<std::thread> clients;
  for (int i = 0; i < lines; ++i)
    clients.emplace_back([port] {
      std::vector<std::string> sids;
      for (int k = 0; k < sessions; ++k) sids.push_back(open_session(port));
      http_line line(port);
      for (int r = 0; r < rounds; ++r) {
        std::string together;
        for (const auto& sid : sids) together += request("POST", sid, "4hello") + request("GET", sid);
        line.send(together);
        for (int k = 0; k < sessions; ++k) {
          EXPECT_EQ(line.answer(), "ok");
          EXPECT_EQ(line.answer(), "4hello");
        }
      }
    });
  for (auto& c : clients) c.join();
  server.close();  // nobody polls any more to hear that it ends
  server.stop();
  loop.join();
}

}  // namespace
}  // namespace jackfield::tests
