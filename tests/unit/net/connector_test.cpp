// connector and resolver: names to addresses, addresses to a connection by whichever answers first (RFC 8305), and what a failure
// says.
#include "net/connector.hpp"

#include "loopback.hpp"
#include "turning.hpp"

#include <optional>

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;

struct connecting : turning {
  connector::done_fn told() {
    return [this](unique_fd f, std::string problem) {
      EXPECT_FALSE(over) << "told twice";
      over = true;
      fd = std::move(f);
      why = std::move(problem);
    };
  }
  void start(std::vector<endpoint_address> to) {
    w.inside([&] { c = connector::start(w, std::move(to), times, told()); });
    EXPECT_FALSE(over && fd) << "from inside";
  }
  void start(const std::string& host, std::uint16_t port) {
    w.inside([&] { c = connector::start(w, host, port, times, told()); });
  }
  std::string failure() {
    EXPECT_TRUE(until([&] { return over; }));
    EXPECT_FALSE(fd);
    return why;
  }
  connect_times times;
  base::ref<connector> c;
  unique_fd fd;
  std::string why;
  bool over = false;
};

/// Takes no connection: its queue is full, so that more of them hang.
struct deaf : listening {
  deaf() : listening("127.0.0.1", 0) {
    for (int i = 0; i < 64 && !full; ++i) {
      unique_fd one(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      ::connect(one.get(), reinterpret_cast<const sockaddr*>(&address.address), address.size);
      pollfd p{one.get(), POLLOUT, 0};
      full = ::poll(&p, 1, 50) == 0;
      waiting.push_back(std::move(one));
    }
  }
  std::vector<unique_fd> waiting;
  bool full = false;
};

TEST_F(connecting, to_an_address) {
  listening there;
  start("127.0.0.1", there.port);
  ASSERT_TRUE(until([&] { return over; }));
  EXPECT_TRUE(fd);
  EXPECT_EQ(why, "");
}

TEST_F(connecting, to_a_name) {
  listening there;
  start("localhost", there.port);
  ASSERT_TRUE(until([&] { return over; }));
  EXPECT_TRUE(fd) << why;
}

TEST_F(connecting, to_an_address_of_ipv6) {  // P198
  listening there("::1");
  if (!there.works) GTEST_SKIP() << "this machine has no IPv6";
  start("::1", there.port);
  ASSERT_TRUE(until([&] { return over; }));
  EXPECT_TRUE(fd) << why;
}

TEST_F(connecting, a_refusal_names_the_address) {
  const auto port = closed_port();
  start("127.0.0.1", port);
  EXPECT_EQ(failure(), "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST_F(connecting, no_such_name) {
  start("no-such-host.invalid", 1);
  EXPECT_TRUE(failure().starts_with("cannot find the host of no-such-host.invalid:1: ")) << why;
}

TEST_F(connecting, one_that_refuses_is_followed_by_the_next_at_once) {
  listening there;
  times.stagger = 1h;
  start({address_of("127.0.0.1", closed_port()), address_of("127.0.0.2", closed_port()), there.address});
  ASSERT_TRUE(until([&] { return over; }));
  EXPECT_TRUE(fd) << why;
}

TEST_F(connecting, one_that_hangs_is_overtaken) {
  deaf hanging;
  if (!hanging.full) GTEST_SKIP() << "the kernel takes every connection";
  listening there;
  times.stagger = 5ms;
  start({hanging.address, there.address});
  ASSERT_TRUE(until([&] { return over; }));
  EXPECT_TRUE(fd) << why;
  EXPECT_TRUE(there.somebody());
}

TEST_F(connecting, all_that_failed_are_named) {
  const auto port = closed_port();
  start({address_of("127.0.0.1", port), address_of("127.0.0.2", port)});
  EXPECT_EQ(failure(), "cannot connect to 127.0.0.1: Connection refused, Connection refused (127.0.0.2)");
}

TEST_F(connecting, there_is_a_limit) {
  deaf hanging;
  if (!hanging.full) GTEST_SKIP() << "the kernel takes every connection";
  times.limit = 20ms;
  start({address_of("127.0.0.2", closed_port()), hanging.address});
  EXPECT_EQ(failure(), "no connection to 127.0.0.2 within 20 ms; before that: Connection refused");
}

TEST_F(connecting, may_be_given_up_at_any_moment) {
  listening there;
  for (int polls = 0; polls < 4; ++polls) {
    start(polls % 2 ? "localhost" : "127.0.0.1", there.port);
    for (int i = 0; i < polls; ++i) w.poll();
    if (over) break;
    w.inside([&] { c->cancel(); });
    for (int i = 0; i < 3; ++i) w.poll();
    EXPECT_FALSE(over);
  }
}

TEST_F(connecting, a_lookup_may_be_given_up_while_it_is_under_way) {
  bool heard = false;
  w.inside([&] {
    auto l = lookup::start(w, "localhost", 1, [&](std::vector<endpoint_address>, std::string) { heard = true; });
    l.reset();
  });
  listening there;
  start("localhost", there.port);  // a later answer: the first one has come by then, or is never told
  ASSERT_TRUE(until([&] { return over; }));
  EXPECT_FALSE(heard);
}

TEST(by_turns, the_first_family_first) {
  const auto four = address_of("192.0.2.1", 1), six = address_of("2001:db8::1", 1);
  const auto text = [](std::vector<endpoint_address> all) {
    std::string out;
    for (const auto& a : by_turns(std::move(all))) out += a.family() == AF_INET ? '4' : '6';
    return out;
  };
  EXPECT_EQ(text({six, six, six, four, four}), "64646");
  EXPECT_EQ(text({four, six, six}), "466");
  EXPECT_EQ(text({four, four}), "44");
  EXPECT_EQ(text({}), "");
}

TEST(endpoint_addresses, as_text) {
  EXPECT_EQ(address_of("192.0.2.1", 1).text(), "192.0.2.1");
  EXPECT_EQ(address_of("2001:db8::1", 1).text(), "2001:db8::1");
}

}  // namespace
}  // namespace jackfield::net
