#include "net/worker.hpp"

#include "net/listener.hpp"
#include "net/stream.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <boost/asio/io_context.hpp>

#include <string>
#include <system_error>
#include <thread>

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;

struct recorder final : stream_handler {
  void on_data(std::span<char> d) override {
    data.append(d.data(), d.size());
    if (pause_after_data) of->pause(true);
  }
  void on_end(stream_end how) override { ended = how; }
  void on_drained() override { ++drained; }
  std::string data;
  std::optional<stream_end> ended;
  int drained = 0;
  bool pause_after_data = false;
  stream* of = nullptr;
};

struct pipe_fixture : ::testing::Test {
  pipe_fixture() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    peer = ends[1];
    s = std::make_unique<stream>(w, ends[0], 50ms);
    handler.of = s.get();
    s->want_drain(true);
    s->start(handler);
  }
  ~pipe_fixture() override {
    if (peer >= 0) ::close(peer);
  }
  template <class F>
  void until(F done) {
    while (!done()) context.run_one();
  }
  std::string peer_reads() {
    char buffer[4096];
    ssize_t n = ::recv(peer, buffer, sizeof buffer, 0);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
  }

  boost::asio::io_context context;
  worker w{context};
  recorder handler;
  std::unique_ptr<stream> s;
  int peer = -1;
};

TEST_F(pipe_fixture, hands_on_what_arrives_and_sends_at_the_end_of_the_turn) {
  ASSERT_EQ(::send(peer, "hello", 5, 0), 5);
  until([&] { return handler.data == "hello"; });
  bool sent = false;
  w.post([&] {
    s->send("one ");
    s->send("two");
    EXPECT_EQ(peer_reads(), "");
    sent = true;
  });
  until([&] { return sent && handler.drained > 0; });
  EXPECT_EQ(peer_reads(), "one two");
}

/// What the letter is about may be why the peer said that.
TEST_F(pipe_fixture, a_letter_is_read_before_what_has_come_since_it_was_posted) {
  std::string known;
  w.post([&] { known = handler.data; });
  ASSERT_EQ(::send(peer, "and so", 6, 0), 6);
  until([&] { return !handler.data.empty(); });
  EXPECT_EQ(known, "");
  w.post([&] {
    w.post([&] { known = handler.data; });
    ASSERT_EQ(::send(peer, " on", 3, 0), 3);
  });
  until([&] { return handler.data == "and so on"; });
  EXPECT_EQ(known, "and so");
}

TEST_F(pipe_fixture, a_paused_stream_reads_nothing_and_goes_on_where_it_stopped) {
  handler.pause_after_data = true;
  ASSERT_EQ(::send(peer, "first", 5, 0), 5);
  until([&] { return handler.data == "first"; });
  ASSERT_EQ(::send(peer, "second", 6, 0), 6);
  bool turned = false;
  w.post([&] { turned = true; });
  until([&] { return turned; });
  EXPECT_EQ(handler.data, "first");
  w.post([&] { s->pause(false); });
  until([&] { return handler.data == "firstsecond"; });
}

TEST_F(pipe_fixture, the_end_of_the_peer_is_told_once) {
  ::close(std::exchange(peer, -1));
  until([&] { return handler.ended.has_value(); });
  EXPECT_EQ(*handler.ended, stream_end::closed);
  EXPECT_FALSE(s->open());
}

TEST_F(pipe_fixture, a_paused_stream_still_hears_that_the_peer_went) {  // P45
  w.post([&] { s->pause(true); });
  bool turned = false;
  w.post([&] { turned = true; });
  until([&] { return turned; });
  ::close(std::exchange(peer, -1));
  until([&] { return handler.ended.has_value(); });
}

TEST_F(pipe_fixture, output_that_makes_no_progress_ends_the_stream) {  // S5
  w.post([&] { s->send(std::string(16 << 20, 'x')); });
  until([&] { return handler.ended.has_value(); });
  EXPECT_EQ(*handler.ended, stream_end::stalled);
}

TEST_F(pipe_fixture, finish_sends_what_is_queued_then_shuts) {
  w.post([&] {
    s->send("last words");
    stream::finish(std::move(s));
  });
  std::string got;
  until([&] {
    got += peer_reads();
    return got == "last words";
  });
  char c;
  until([&] { return ::recv(peer, &c, 1, 0) == 0; });
  EXPECT_FALSE(handler.ended);
}

TEST(worker, mail_from_another_thread_arrives_in_order) {
  boost::asio::io_context context;
  worker w(context);
  std::vector<int> got;
  std::thread sender([&] {
    for (int i = 0; i < 1000; ++i) w.post([&got, i] { got.push_back(i); });
  });
  while (got.size() < 1000) context.run_one();
  sender.join();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(got[static_cast<std::size_t>(i)], i);
}

TEST(worker, is_current_only_inside_a_turn) {
  boost::asio::io_context context;
  worker w(context);
  EXPECT_FALSE(w.current());
  bool inside = false;
  w.post([&] { inside = w.current(); });
  while (!inside) context.run_one();
  EXPECT_FALSE(w.current());
}

TEST(worker, timers_fire_not_before_their_time) {
  struct probe final : base::timer {
    void fire() override { fired = base::clock::now(); }
    std::optional<base::time_point> fired;
  } p;
  boost::asio::io_context context;
  worker w(context);
  base::time_point begin;
  w.post([&] {
    begin = w.timers().now();
    w.timers().arm(p, 20ms);
  });
  while (!p.fired) context.run_one();
  EXPECT_GE(*p.fired - begin, 20ms);
}

TEST(worker, what_is_deferred_runs_at_the_end_of_the_turn) {
  boost::asio::io_context context;
  worker w(context);
  std::string order;
  w.post([&] {
    w.defer([&] {
      order += "c";
      w.defer([&] { order += "d"; });
    });
    order += "a";
  });
  w.post([&] { order += "b"; });
  while (order.size() < 4) context.run_one();
  EXPECT_EQ(order, "abcd");
}

TEST(listener, accepts_on_a_free_port_and_says_when_one_is_taken) {
  boost::asio::io_context context;
  worker w(context);
  int accepted = -1;
  listener l(w, "127.0.0.1", 0, [&](int fd, const std::string&) { accepted = fd; });
  EXPECT_NE(l.port(), 0);
  EXPECT_EQ(l.address(), "127.0.0.1");
  int c = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(l.port());
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(c, reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
  while (accepted < 0) context.run_one();
  ::close(c);
  ::close(accepted);
  try {
    listener second(w, "127.0.0.1", l.port(), [](int, const std::string&) {});
    FAIL() << "two listeners on one port";
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::address_in_use);
  }
}

static_assert(base::clock::is_steady);  // S46

TEST(listener, a_herd_is_let_in_by_the_handful) {  // S49
  boost::asio::io_context context;
  worker w(context);
  std::vector<int> accepted, herd;
  std::size_t before_others = 0;
  listener l(w, "127.0.0.1", 0, [&](int fd, const std::string&) {
    if (accepted.empty()) w.post([&] { before_others = accepted.size(); });
    accepted.push_back(fd);
  });
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(l.port());
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < 200; ++i) {
    herd.push_back(::socket(AF_INET, SOCK_STREAM, 0));
    ASSERT_EQ(::connect(herd.back(), reinterpret_cast<sockaddr*>(&a), sizeof a), 0);
  }
  while (accepted.size() < herd.size()) context.run_one();
  EXPECT_LE(before_others, 128u);  // whoever is inside has a turn between
  for (int fd : accepted) ::close(fd);
  for (int fd : herd) ::close(fd);
}

TEST(worker_alone, waits_in_its_own_set_for_letters_and_timers) {
  worker w;
  EXPECT_FALSE(w.guest());
  std::vector<int> order;
  struct leaver {
    leaver(worker& its_worker, std::vector<int>& o) : home(its_worker), order(o) {}
    void fire() {
      order.push_back(2);
      home.leave();
    }
    worker& home;
    std::vector<int>& order;
    base::member_timer<leaver, &leaver::fire> timer{*this};
  } late(w, order);
  std::thread other([&] {
    w.post([&] {
      EXPECT_TRUE(w.current());
      order.push_back(1);
      w.timers().arm(late.timer, 5ms);
    });
  });
  w.run();
  other.join();
  EXPECT_EQ(order, (std::vector{1, 2}));
  EXPECT_FALSE(w.current());

  w.post([&] { w.leave(); });
  w.run();  // a second time
}

TEST(worker_alone, may_be_gone_before_whoever_posted_its_end_goes_on) {  // for ThreadSanitizer
  for (int i = 0; i < 200; ++i) {
    auto w = std::make_unique<worker>();
    std::thread other([&its = *w] { its.post([&its] { its.leave(); }); });
    w->run();
    w.reset();
    other.join();
  }
}

TEST(worker_alone, polls_what_is_due_and_never_waits) {
  worker w;
  EXPECT_EQ(w.poll(), 0u);
  int ran = 0;
  w.post([&] { ++ran; });
  EXPECT_GE(w.poll(), 1u);
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(w.poll(), 0u);
}

/// Two that tell each other much, turned by this thread.
struct worker_team : ::testing::Test {
  worker_team() {
    const auto both = std::make_shared<team>(team{&a, &b});
    b.set_number(1);
    a.join(both);
    b.join(both);
  }
  struct letter {
    std::vector<int>& read;
    int n;
    void operator()() const { read.push_back(n); }
  };
  void write(int n) {
    const auto cost = base::letter_sheet::cost<letter>(0);
    auto* s = b.sheet(cost);
    ASSERT_NE(s, nullptr);
    ASSERT_TRUE(s->has_room(cost));
    s->add<letter>(0, read, n);
  }
  void b_turns() {
    while (b.poll() > 0) {
    }
  }
  worker a, b;
  std::vector<int> read;
};

TEST_F(worker_team, what_a_turn_writes_to_another_is_read_when_the_turn_is_over) {
  a.inside([&] {
    write(1);
    write(2);
    b_turns();
    EXPECT_TRUE(read.empty());
  });
  b_turns();
  EXPECT_EQ(read, (std::vector{1, 2}));
}

TEST_F(worker_team, what_a_turn_writes_and_what_it_posts_is_read_in_order) {
  a.inside([&] {
    write(1);
    b.post([&] { read.push_back(2); });
    write(3);
    write(4);
    b.post([&] { read.push_back(5); });
    b_turns();
    EXPECT_EQ(read, (std::vector{1, 2, 3, 4, 5}));  // a post waits for nothing, and takes along what is before it
    write(6);
  });
  b_turns();
  EXPECT_EQ(read, (std::vector{1, 2, 3, 4, 5, 6}));
}

TEST_F(worker_team, is_told_before_anybody_reads_what_the_turn_sent) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  recorder handler;
  auto s = std::make_unique<stream>(a, ends[0], 50ms);
  s->start(handler);
  char got;
  a.inside([&] {
    s->send("x");
    write(1);
    a.defer([&] { write(2); });
    a.after_turn([&] {  // output is out, the turn is not over
      EXPECT_EQ(::recv(ends[1], &got, 1, 0), 1);
      b_turns();
      EXPECT_EQ(read, (std::vector{1, 2}));
      write(3);
    });
  });
  b_turns();
  EXPECT_EQ(read, (std::vector{1, 2, 3}));
  a.inside([&] { s.reset(); });
  ::close(ends[1]);
}

TEST_F(worker_team, does_not_wait_for_the_end_of_a_turn_that_writes_much) {
  constexpr int all = 1000;
  a.inside([&] {
    for (int n = 0; n < all; ++n) write(n);
    b_turns();
    EXPECT_GE(read.size(), all - base::letter_sheet::bytes / base::letter_sheet::cost<letter>(0));  // but for one sheet
    EXPECT_LT(read.size(), std::size_t{all});
  });
  b_turns();
  ASSERT_EQ(read.size(), 1000u);
  for (int n = 0; n < all; ++n) EXPECT_EQ(read[static_cast<std::size_t>(n)], n);
}

TEST_F(worker_team, has_sheets_for_turns_of_its_own_alone) {
  const auto cost = base::letter_sheet::cost<letter>(0);
  EXPECT_EQ(b.sheet(cost), nullptr);  // nobody's turn
  b.inside([&] { EXPECT_EQ(b.sheet(cost), nullptr); });
  worker stranger;
  stranger.inside([&] { EXPECT_EQ(b.sheet(cost), nullptr); });
  a.inside([&] {
    EXPECT_EQ(stranger.sheet(cost), nullptr);
    EXPECT_EQ(b.sheet(base::letter_sheet::bytes), nullptr);  // more than one has room for
    EXPECT_NE(b.sheet(cost), nullptr);
  });
  b_turns();
}

TEST_F(worker_team, what_was_not_read_is_destroyed_with_the_reader) {
  struct node : base::ref_counted<node> {
    explicit node(int& c) : count(c) { ++count; }
    ~node() { --count; }
    int& count;
  };
  int alive = 0;
  {
    worker c, d;
    const auto both = std::make_shared<team>(team{&c, &d});
    d.set_number(1);
    c.join(both);
    d.join(both);
    c.inside([&] {
      auto* s = d.sheet(base::letter_sheet::cost<letter>(0));
      s->keep(*base::make_ref<node>(alive));
      s->add<letter>(0, read, 1);
    });
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_TRUE(read.empty());
}

TEST(worker_alone, serves_streams_like_a_guest_does) {
  worker w;
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  recorder handler;
  auto s = std::make_unique<stream>(w, ends[0], 50ms);
  handler.of = s.get();
  s->start(handler);
  ASSERT_EQ(::send(ends[1], "abc", 3, 0), 3);
  while (handler.data != "abc") w.poll();
  ::close(ends[1]);
  while (!handler.ended) w.poll();
  EXPECT_EQ(*handler.ended, stream_end::closed);
}

}  // namespace
}  // namespace jackfield::net
