#include "net/send_ring.hpp"
#include "base/shared_bytes.hpp"
#include "loopback.hpp"
#include "net/stream.hpp"
#include "net/unique_fd.hpp"
#include "turning.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;

struct both_ends {
  both_ends() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    ours.reset(fds[0]);
    theirs.reset(fds[1]);
  }
  unique_fd ours, theirs;
};

struct send_ring_test : ::testing::Test {
  void SetUp() override {
    ring = send_ring::open();
    if (!ring) GTEST_SKIP() << "the kernel has no ring for us";
  }
  std::unique_ptr<send_ring> ring;
};

TEST_F(send_ring_test, sends_to_each_its_own_and_says_how_much_in_the_order_of_the_asking) {
  std::vector<both_ends> pairs(send_ring::room);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const std::string mine(i + 1, static_cast<char>('a' + round));
      ring->add(pairs[i].ours.get(), mine);
      const auto taken = ring->send();
      ASSERT_EQ(taken.size(), 1u);
      EXPECT_EQ(taken[0], mine.size());
      EXPECT_EQ(read_now(pairs[i].theirs.get()), mine);
    }
    std::vector<std::string> said;
    for (std::size_t i = 0; i < pairs.size(); ++i) said.push_back(std::to_string(round) + ":" + std::to_string(i));
    for (std::size_t i = 0; i < pairs.size(); ++i) ring->add(pairs[i].ours.get(), said[i]);
    const auto taken = ring->send();
    ASSERT_EQ(taken.size(), pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      EXPECT_EQ(taken[i], said[i].size());
      EXPECT_EQ(read_now(pairs[i].theirs.get()), said[i]);
    }
  }
}

TEST_F(send_ring_test, nothing_to_send_is_nothing_sent) {
  EXPECT_TRUE(ring->send().empty());
  both_ends p;
  ring->add(p.ours.get(), "x");
  EXPECT_EQ(ring->send().size(), 1u);
  EXPECT_TRUE(ring->send().empty());
}

TEST_F(send_ring_test, a_full_socket_a_broken_one_and_none_at_all_do_not_hold_up_the_others) {
  both_ends full, broken, fine;
  const std::string much(8 << 20, 'x');
  broken.theirs.reset();
  ring->add(full.ours.get(), much);
  ring->add(broken.ours.get(), "to nobody");  // no SIGPIPE either
  ring->add(-1, "to nothing");
  ring->add(fine.ours.get(), "to somebody");
  const auto first = ring->send();
  ASSERT_EQ(first.size(), 4u);
  EXPECT_GT(first[0], 0u);
  EXPECT_LT(first[0], much.size());
  EXPECT_EQ(first[1], 0u);
  EXPECT_EQ(first[2], 0u);
  EXPECT_EQ(first[3], 11u);
  EXPECT_EQ(read_now(fine.theirs.get()), "to somebody");

  ring->add(full.ours.get(), "more");  // returns at once, though the socket could be waited for
  const auto second = ring->send();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0], 0u);
  EXPECT_TRUE(ring->usable());
}

TEST(send_ring, that_fails_says_so_and_that_nothing_was_sent) {
  const int next = ::dup(0);  // the ring's descriptor will be this one
  ASSERT_GE(next, 0);
  ::close(next);
  auto ring = send_ring::open();
  if (!ring) GTEST_SKIP() << "the kernel has no ring for us";
  const unique_fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::dup2(nothing.get(), next), next);
  both_ends p;
  ring->add(p.ours.get(), "one");
  ring->add(p.ours.get(), "two");
  auto taken = ring->send();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0] + taken[1], 0u);
  EXPECT_FALSE(ring->usable());
  ring->add(p.ours.get(), "three");
  taken = ring->send();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0], 0u);
  EXPECT_EQ(read_now(p.theirs.get()), "");
}

/// A worker with many streams, which may send together or may not: what it does is the same.
struct many_streams : turning, ::testing::WithParamInterface<bool> {
  struct end final : stream_handler {
    void on_data(std::span<char>) override {}
    void on_end(stream_end how) override { ended = how; }
    void on_drained() override {
      ++drained;
      if (then) std::exchange(then, {})();
    }
    std::optional<stream_end> ended;
    int drained = 0;
    base::unique_function<void()> then;
  };
  static constexpr std::size_t count = 2 * send_ring::room + 44;

  many_streams() {
    if (GetParam()) w.send_together();
    w.poll();
    w.inside([this] {
      for (std::size_t i = 0; i < count; ++i) {
        pairs.emplace_back();
        ends.push_back(std::make_unique<end>());
        streams.push_back(std::make_unique<stream>(w, pairs[i].ours.release(), 10s));
        streams[i]->want_drain(true);
        streams[i]->start(*ends[i]);
      }
    });
  }
  void say_to_all(const std::string& what) {
    for (std::size_t i = 0; i < count; ++i)
      if (streams[i]) streams[i]->send(what + std::to_string(i));
  }
  std::string read(std::size_t i) { return read_now(pairs[i].theirs.get()); }
  void expect_it_came(const std::string& what, std::initializer_list<std::size_t> but_to = {}) {
    for (std::size_t i = 0; i < count; ++i) {
      if (std::find(but_to.begin(), but_to.end(), i) != but_to.end()) continue;
      ASSERT_EQ(read(i), what + std::to_string(i));
    }
  }

  std::vector<both_ends> pairs;
  std::vector<std::unique_ptr<end>> ends;
  std::vector<std::unique_ptr<stream>> streams;
};

TEST_P(many_streams, each_gets_its_own_once) {
  for (const std::string what : {"first ", "second "}) {
    w.inside([&] { say_to_all(what); });
    expect_it_came(what);
  }
  for (auto& e : ends) EXPECT_EQ(e->drained, 2);
}

TEST_P(many_streams, what_is_said_while_others_are_sent_comes_behind_what_was_said_before) {
  ends[3]->then = [this] {
    streams[1]->send(", more");    // sent already in this turn
    streams[90]->send(", more");   // of the same call
    streams[299]->send(", more");  // of a later one
  };
  w.inside([&] { say_to_all(""); });
  EXPECT_EQ(read(1), "1, more");
  EXPECT_EQ(read(90), "90, more");
  EXPECT_EQ(read(299), "299, more");
}

TEST_P(many_streams, one_that_is_ended_by_anothers_handler_got_what_it_was_sent_or_nothing) {
  ends[3]->then = [this] {
    stream::finish(std::move(streams[60]));  // says all it has to say
    stream::drop(std::move(streams[61]));
    stream::drop(std::move(streams[2]));
  };
  w.inside([&] { say_to_all(""); });
  EXPECT_EQ(read(60), "60");
  const auto cut = read(61);
  EXPECT_TRUE(cut.empty() || cut == "61") << cut;
  EXPECT_EQ(read(2), "2");
  expect_it_came("", {2, 60, 61});
  EXPECT_FALSE(ends[60]->ended || ends[61]->ended || ends[2]->ended);  // who lets go hears no more
}

TEST_P(many_streams, a_slow_reader_waits_alone_and_gets_all) {
  const std::string much(4 << 20, 'x');
  w.inside([&] {
    streams[7]->out().append(base::shared_bytes(much));  // one piece, of which a part is taken
    streams[7]->touch();
    streams[6]->send("6");
  });
  EXPECT_EQ(read(6), "6");
  EXPECT_LT(streams[7]->out().size(), much.size());
  w.inside([&] { say_to_all(""); });
  expect_it_came("", {7});
  w.inside([&] { say_to_all("again "); });
  expect_it_came("again ", {7});
  std::string got;
  EXPECT_TRUE(until([&] {
    got += read(7);
    return got.size() == much.size() + 8;
  }));
  EXPECT_EQ(got.substr(much.size()), "7again 7");
}

TEST_P(many_streams, a_small_part_that_did_not_fit_follows_when_there_is_room) {
  // Fills the pipe by small pieces, each alone in its turn's queue, until one is taken in part or not at all.
  std::string said;
  for (int i = 0; !ends[7]->ended && streams[7]->out().empty() && i < 100'000; ++i) {
    const std::string piece(600, static_cast<char>('a' + i % 26));
    said += piece;
    w.inside([&] {
      streams[7]->send(piece);
      streams[8]->send("8");
    });
    read(8);
  }
  ASSERT_FALSE(streams[7]->out().empty());
  std::string rest;
  EXPECT_TRUE(until([&] {
    rest += read(7);
    return rest.size() >= said.size();
  }));
  EXPECT_EQ(rest, said);
}

TEST_P(many_streams, one_that_broke_hears_of_it_and_the_others_get_theirs) {
  pairs[9].theirs.reset();
  pairs[200].theirs.reset();
  w.inside([&] { say_to_all(""); });
  EXPECT_EQ(ends[9]->ended, stream_end::reset);
  EXPECT_EQ(ends[200]->ended, stream_end::reset);
  EXPECT_FALSE(streams[9]->open());
  expect_it_came("", {9, 200});
}

INSTANTIATE_TEST_SUITE_P(worker, many_streams, ::testing::Bool(),
                         [](const auto& p) { return p.param ? std::string("together") : std::string("each_by_itself"); });

}  // namespace
}  // namespace jackfield::net
