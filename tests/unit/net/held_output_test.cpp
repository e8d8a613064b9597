#include "net/held_output.hpp"

#include "net/stream.hpp"
#include "net/turn_queue.hpp"
#include "net/worker.hpp"
#include "net/ws_connection.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::net {
namespace {

using namespace std::chrono_literals;

struct listener_to final : stream_handler {
  void on_data(std::span<char>) override { ++heard; }
  void on_end(stream_end) override {}
  void on_drained() override {}
  int heard = 0;
};

/// A worker with a client, told things by letters. Each step is a turn behind the one before.
struct told_by_letters : ::testing::Test {
  told_by_letters() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    peer = ends[1];
    s = std::make_unique<stream>(w, ends[0], 50ms);
    s->start(handler);
    w.take_turns_in(queue);
  }
  ~told_by_letters() override { ::close(peer); }

  void limit() {
    const auto now = base::clock::now();
    queue->report(core_shortage::verdict::yes, now - turn_limit::measure);
    queue->report(core_shortage::verdict::yes, now);
    ASSERT_TRUE(queue->limits());
  }
  void run(std::vector<std::function<void()>> steps) {
    std::function<void(std::size_t)> go_on = [&](std::size_t i) {
      if (i == steps.size()) return w.leave();
      w.after_turn([&, i] {
        w.post([&, i] {
          steps[i]();
          go_on(i + 1);
        });
      });
    };
    w.post([&] { go_on(0); });
    w.run();
  }
  std::string peer_reads() const {
    char buffer[4096];
    const ssize_t n = ::recv(peer, buffer, sizeof buffer, 0);
    return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : n == 0 ? "(end)" : "";
  }

  std::shared_ptr<turn_queue> queue = std::make_shared<turn_queue>(2);
  worker w;
  listener_to handler;
  std::unique_ptr<stream> s;
  int peer = -1;
};

TEST_F(told_by_letters, while_turns_queue_up_a_silent_client_is_written_to_three_turns_later) {
  limit();
  run({[&] { s->send("a"); },
       [&] {
         EXPECT_EQ(peer_reads(), "");
         s->send("b");
       },
       [&] {
         EXPECT_EQ(peer_reads(), "");
         EXPECT_TRUE(s->held());
         s->send("c");
       },
       [&] { EXPECT_EQ(peer_reads(), ""); },
       [&] {
         EXPECT_EQ(peer_reads(), "abc");
         EXPECT_FALSE(s->held());
       }});
}

TEST_F(told_by_letters, otherwise_it_is_at_once) {
  run({[&] { s->send("a"); }, [&] { EXPECT_EQ(peer_reads(), "a"); }});
}

TEST_F(told_by_letters, who_speaks_is_written_to) {
  limit();
  run({[&] { s->send("a"); },
       [&] {
         EXPECT_EQ(peer_reads(), "");
         EXPECT_EQ(::send(peer, "hi", 2, 0), 2);
         s->send("b");
       },
       [&] { EXPECT_EQ(peer_reads(), ""); },  // read behind this letter
       [&] {
         EXPECT_EQ(handler.heard, 1);
         EXPECT_EQ(peer_reads(), "ab");
       }});
}

TEST_F(told_by_letters, with_nothing_else_to_do_it_is_written_to) {
  limit();
  struct look final : base::timer {
    explicit look(told_by_letters& x) : of(x) { of.w.timers().arm(*this, 1ms); }
    void fire() override {
      got = of.peer_reads();
      of.w.leave();
    }
    told_by_letters& of;
    std::string got;
  };
  std::optional<look> later;
  w.post([&] {
    s->send("a");
    later.emplace(*this);
  });
  w.run();
  EXPECT_EQ(later->got, "a");
}

TEST_F(told_by_letters, the_workers_own_words_do_not_wait) {
  limit();
  run({[&] { w.defer([&] { s->send("own"); }); }, [&] { EXPECT_EQ(peer_reads(), "own"); }});
}

TEST_F(told_by_letters, a_limit_that_is_lifted_lets_it_go) {
  limit();
  run({[&] { s->send("a"); },
       [&] {
         EXPECT_EQ(peer_reads(), "");
         const auto now = base::clock::now();
         queue->report(core_shortage::verdict::no, now + turn_limit::settle);
         queue->report(core_shortage::verdict::no, now + turn_limit::first_trial);
         EXPECT_FALSE(queue->limits());
       },
       [&] { EXPECT_EQ(peer_reads(), "a"); }});
}

TEST_F(told_by_letters, a_stream_that_ends_says_it_first) {
  limit();
  run({[&] { s->send("a"); },
       [&] {
         s->send("b");
         stream::drop(std::move(s));
       },
       [&] {
         EXPECT_EQ(peer_reads(), "ab");
         EXPECT_EQ(peer_reads(), "(end)");
       }});
}

TEST_F(told_by_letters, a_farewell_does_not_wait) {
  limit();
  run({[&] { s->send("a"); }, [&] { stream::finish(std::move(s)); }, [&] { EXPECT_EQ(peer_reads(), "a"); }});
}

TEST_F(told_by_letters, a_stream_that_moves_takes_it_along) {
  limit();
  run({[&] { s->send("a"); }, [&] { w.after_turn([&] { s->detach(); }); }, [&] { EXPECT_EQ(peer_reads(), ""); },
       [&] { s->attach(w, handler); }, [] {}, [] {}, [] {}, [&] { EXPECT_EQ(peer_reads(), "a"); }});
}

/// Volatile events are for who is idle: what is held back would have gone without the queue.
TEST_F(told_by_letters, a_websocket_of_which_output_is_held_is_idle) {
  struct deaf final : ws_handler {
    void on_text(std::string_view) override {}
    void on_binary(std::string_view) override {}
    void on_ws_closed(ws_end, std::uint16_t, std::string_view) override {}
  } nobody;
  const ws_settings settings;
  limit();
  const auto ws = base::make_ref<ws_connection>(std::move(s), settings);
  ws->start(nobody);
  run({[&] {
         ws->send(wire::ws_opcode::text, {}, "a");
         EXPECT_FALSE(ws->idle());
       },
       [&] {
         EXPECT_EQ(peer_reads(), "");
         EXPECT_TRUE(ws->idle());
         ws->drop();
       }});
}

TEST_F(told_by_letters, one_that_is_gone_is_forgotten) {
  limit();
  run({[&] { s->send("a"); }, [&] { s.reset(); }, [] {}, [] {}, [] {}});
}

}  // namespace
}  // namespace jackfield::net
