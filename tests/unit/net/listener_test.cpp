#include "net/listener.hpp"

#include "loopback.hpp"
#include "net/stream.hpp"
#include "net/unique_fd.hpp"
#include "net/worker.hpp"

#include <gtest/gtest.h>

#include <netinet/tcp.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace jackfield::net {
namespace {

/// Two that share a port, as those of two workers do.
struct listeners : ::testing::Test {
  listener::accept_fn keep() {
    return [this](int fd, std::string from) {
      accepted.reset(fd);
      told = std::move(from);
    };
  }
  /// Comes from that address.
  void come_from(const std::string& digits) {
    const auto from = address_of(digits, 0), to = address_of("127.0.0.1", first.port());
    client.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(client.get(), reinterpret_cast<const sockaddr*>(&from.address), from.size), 0);
    ASSERT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&to.address), to.size), 0);
    accepted.reset();
    while (!accepted) w.poll();
  }

  worker w;
  unique_fd client, accepted;
  std::string told;  // the address of what was accepted
  bound_socket bound{"127.0.0.1", 0, port_sharing::shared};
  bound_socket other = bound_socket::beside(bound);
  listener second{w, std::move(other), keep()};
  listener first{w, std::move(bound), keep()};
};

TEST_F(listeners, what_comes_sends_at_once) {
  for (int i = 0; i < 16; ++i) {  // by either of the two
    come_from("127.0.0.1");
    int on = 0;
    socklen_t size = sizeof on;
    ASSERT_EQ(::getsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    EXPECT_NE(on, 0);
  }
}

TEST_F(listeners, where_it_comes_from_is_told_in_digits) {
  for (const std::string from : {"127.0.0.1", "127.10.200.255", "127.255.0.9"}) {
    come_from(from);
    auto s = std::make_unique<stream>(w, accepted.release(), std::chrono::milliseconds(50));
    EXPECT_EQ(told, from);
    EXPECT_EQ(s->remote_address(), from);
    stream::drop(std::move(s));
  }
}

}  // namespace
}  // namespace jackfield::net
