// What the headers promise about threads, with one worker and with several: emits, joins, leaves, disconnects and questions from
// any thread, in the order of each; handles that outlive what they name; an end from outside.
#include "ws_client.hpp"

#include <jackfield/server.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <regex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace jackfield::tests {
namespace {

using namespace std::chrono_literals;

constexpr int threads = 4;
constexpr int each = 250;
constexpr int clients = 6;

/// A server on a thread of its own, and the sockets that have come.
class served {
 public:
  explicit served(std::size_t workers) : served(server_options{.workers = workers}) {}
  explicit served(server_options o) : io_(std::move(o)) {
    io_.on_connection([this](socket s) {
      const std::lock_guard lock(mutex_);
      sockets_.push_back(s);
      came_.notify_all();
    });
    port_ = io_.listen("127.0.0.1", 0);
    loop_ = std::thread([this] { io_.run(); });
  }
  ~served() { stop(); }

  void stop() {
    if (!loop_.joinable()) return;
    io_.stop();
    loop_.join();
  }

  server& io() noexcept { return io_; }
  std::uint16_t port() const noexcept { return port_; }

  std::vector<ws_client> clients_of(int n) {
    std::vector<ws_client> made;
    for (int i = 0; i < n; ++i) made.emplace_back(port_);
    return made;
  }
  /// Handles of the first n sockets, once they have come.
  std::vector<socket> sockets(std::size_t n) {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, 10s, [&] { return sockets_.size() >= n; })) throw std::runtime_error("too few sockets came");
    return {sockets_.begin(), sockets_.begin() + static_cast<std::ptrdiff_t>(n)};
  }

 private:
  server io_;
  std::uint16_t port_ = 0;
  std::thread loop_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<socket> sockets_;
};

/// Runs f(0) … f(n - 1), each on a thread of its own, and waits for all.
template <class F>
void on_threads(int n, F f) {
  std::vector<std::thread> running;
  for (int i = 0; i < n; ++i) running.emplace_back(f, i);
  for (auto& t : running) t.join();
}

/// Reads what comes until each server connection has ended.
void read_to_the_end(std::vector<ws_client>& all) {
  for (auto& c : all) {
    while (const auto packet = c.next()) EXPECT_NE(*packet, "1") << "a server that ends does not say goodbye to each socket";
  }
}

struct workers : ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(threads, workers, ::testing::Values(1, 4));

int number_behind(std::string_view text, char mark) {
  const auto at = text.find(mark);
  int n = -1;
  if (at != text.npos) std::from_chars(text.data() + at + 1, text.data() + text.size(), n);
  return n;
}

/// Reads `2["n","t<thread>i<number>"]` from every thread, and expects each thread's numbers in order, none missing.
void expect_all_in_order(ws_client& c) {
  int seen[threads] = {};
  for (int left = threads * each; left > 0; --left) {
    const auto packet = c.next();
    ASSERT_TRUE(packet.has_value()) << left << " were still to come";
    const int thread = number_behind(*packet, 't'), number = number_behind(*packet, 'i');
    ASSERT_TRUE(thread >= 0 && thread < threads) << *packet;
    ASSERT_EQ(number, seen[thread]++) << *packet;
  }
}

std::string name_of(int thread, int number) { return "t" + std::to_string(thread) + "i" + std::to_string(number); }

TEST_P(workers, broadcasts_from_many_threads_reach_everybody_in_the_order_of_each) {  // P146
  served here(GetParam());
  auto all = here.clients_of(clients);
  here.sockets(clients);
  on_threads(threads, [&](int t) {
    for (int i = 0; i < each; ++i) here.io().emit("n", name_of(t, i));
  });
  for (auto& c : all) expect_all_in_order(c);
}

TEST_P(workers, emits_of_one_socket_from_many_threads_keep_the_order_of_each) {
  served here(GetParam());
  auto all = here.clients_of(1);
  const socket s = here.sockets(1).front();
  on_threads(threads, [&](int t) {
    for (int i = 0; i < each; ++i) s.emit("n", name_of(t, i));
  });
  expect_all_in_order(all.front());
}

TEST_P(workers, joins_and_leaves_are_done_in_the_order_of_the_calls) {  // P144
  served here(GetParam());
  auto all = here.clients_of(clients);
  const auto sockets = here.sockets(clients);
  on_threads(threads, [&](int t) {
    const std::string room = "r" + std::to_string(t);
    for (int i = 0; i < each; ++i) {
      for (const auto& s : sockets) i % 2 == 0 ? static_cast<void>(s.join(room)) : s.leave(room);
      here.io().to(room).emit("nobody", i);  // behind the leaves, or in front of the next joins: whoever gets it, nothing breaks
    }
    for (const auto& s : sockets) s.join(room);
    here.io().to(room).emit("everybody", name_of(t, 0));
  });
  for (auto& c : all) {
    int left = threads;
    while (left > 0) {
      const auto packet = c.next();
      ASSERT_TRUE(packet.has_value());
      if (packet->starts_with("2[\"everybody\"")) --left;
    }
  }
}

TEST_P(workers, questions_from_many_threads_get_their_own_answers) {  // P139
  served here(GetParam());
  auto all = here.clients_of(1);
  const socket s = here.sockets(1).front();
  std::thread client([&] {  // answers each question with its own argument: 2<id>["q",<n>] gives 3<id>[<n>]
    for (int i = 0; i < threads * each; ++i) {
      const auto packet = all.front().next();
      if (!packet) return;
      const auto list = packet->find('[');
      all.front().send("3" + packet->substr(1, list - 1) + "[" + packet->substr(packet->find(',') + 1));
    }
  });
  std::atomic<int> right = 0;
  on_threads(threads, [&](int t) {
    for (int i = 0; i < each; ++i) {
      const int asked = t * each + i;
      if (s.timeout(10s).emit_with_ack<int>("q", asked).future().get() == asked) ++right;
    }
  });
  client.join();
  EXPECT_EQ(right, threads * each);
}

TEST_P(workers, sockets_end_while_others_speak_to_them) {
  served here(GetParam());
  auto all = here.clients_of(clients);
  const auto sockets = here.sockets(clients);
  on_threads(threads, [&](int t) {
    for (int i = 0; i < each; ++i) {
      here.io().emit("n", i);
      for (const auto& s : sockets) s.emit("n", i);
      if (i == each / 2 && t == 0) sockets[0].disconnect(true);
      if (i == each / 2 && t == 1) sockets[1].disconnect();
      if (i == each / 2 && t == 2) all[2].vanish();
      if (i == each / 2 && t == 3) here.io().to(std::string(sockets[3].id())).disconnect_sockets(true);
    }
  });
  while (all[0].next()) {
  }  // its connection ends
  while (all[3].next()) {
  }
  bool left = false;
  while (!left) {
    const auto packet = all[1].next();
    ASSERT_TRUE(packet.has_value()) << "its connection was to stay";
    left = *packet == "1";
  }
  all[4].send("20[\"nobody listens\"]");  // the others are still served
  here.io().emit("last");
  for (auto packet = all[4].next(); packet != "2[\"last\"]"; packet = all[4].next()) ASSERT_TRUE(packet.has_value());
}

TEST_P(workers, handles_outlive_the_server) {
  std::vector<socket> kept;
  std::vector<ws_client> all;
  std::vector<std::future<int>> unanswered;
  {
    served here(GetParam());
    all = here.clients_of(clients);
    kept = here.sockets(clients);
    unanswered.push_back(kept[0].timeout(10s).emit_with_ack<int>("q").future());
    std::thread reader([&] { read_to_the_end(all); });
    here.stop();
    reader.join();
  }
  on_threads(threads, [&](int) {
    for (const auto& s : kept) {
      EXPECT_FALSE(s.connected());
      EXPECT_FALSE(s.emit("n", 1));
      EXPECT_EQ(s.id().size(), 20u);
      s.leave("r");
      s.disconnect();
      const socket copy = s;
      EXPECT_EQ(copy, s);
    }
  });
  EXPECT_THROW(unanswered[0].get(), bad_result);
}

TEST_P(workers, a_server_is_stopped_from_outside_while_clients_come_and_threads_emit) {  // P133
  served here(GetParam());
  auto all = here.clients_of(clients);
  std::atomic<bool> stopped = false;
  std::thread comes([&] {
    while (!stopped) {
      try {
        ws_client late(here.port());
        late.send("2[\"x\"]");
      } catch (const std::runtime_error&) {  // the port is closed by now, or was while we came
      }
    }
  });
  std::thread reader([&] { read_to_the_end(all); });
  on_threads(threads, [&](int t) {
    for (int i = 0; i < each; ++i) here.io().emit("n", name_of(t, i));
    if (t == 0) here.stop();
  });
  stopped = true;
  comes.join();
  reader.join();
  EXPECT_THROW(ws_client(here.port()), std::runtime_error);
}

/// A thread that made servers, and ends them, is not interrupted in what it waits for afterwards: the kernel would, a moment
/// later, had that thread made the rings that they write with (docs/decisions/0012).
TEST_P(workers, the_end_of_a_server_interrupts_nobody) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const timeval a_while{0, 20'000};
  ASSERT_EQ(::setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &a_while, sizeof a_while), 0);
  for (int i = 0; i < 10; ++i) {
    {
      served here(GetParam());
      here.clients_of(1);
    }
    char nothing;
    EXPECT_EQ(::recv(pair[0], &nothing, 1, 0), -1);
    EXPECT_EQ(errno, EAGAIN) << "interrupted";
  }
  ::close(pair[0]);
  ::close(pair[1]);
}

/// Whether workers queue up is seen by what each looks at to know when (docs/decisions/0015).
TEST(queued_turns, are_an_option_where_there_are_several_workers) {
  const std::filesystem::path times = "/proc/thread-self/schedstat";
  if (!std::ifstream(times)) GTEST_SKIP() << "the kernel does not say how long a thread waited";
  const auto looks_of = [&](server_options o) {
    served here(std::move(o));
    here.clients_of(8);  // so it runs
    std::size_t looks = 0;
    for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      looks += std::filesystem::read_symlink(fd, gone).filename() == times.filename();
    }
    return looks;
  };
  EXPECT_GT(looks_of({.workers = 2}), 0u);
  EXPECT_EQ(looks_of({.workers = 2, .queue_turns = false}), 0u);
  EXPECT_EQ(looks_of({.workers = 1}), 0u);
}

/// Whoever speaks, on whichever worker: everybody hears everything, each speaker's words in order.
TEST_P(workers, handlers_broadcast_at_once) {  // P146
  served here(GetParam());
  here.io().on_connection([&io = here.io()](socket s) { s.on("say", [&io](arg what) { io.emit("n", what); }); });
  auto all = here.clients_of(threads);
  here.sockets(threads);
  on_threads(threads, [&](int t) {
    auto& mine = all[static_cast<std::size_t>(t)];
    for (int i = 0; i < each; ++i) mine.send("2[\"say\",\"" + name_of(t, i) + "\"]");
    expect_all_in_order(mine);
  });
}

TEST_P(workers, many_ask_all_workers_while_sockets_move_between_rooms) {  // P151
  served here(GetParam());
  auto all = here.clients_of(clients);
  const auto sockets = here.sockets(clients);
  on_threads(threads, [&](int t) {
    const std::string room = "r" + std::to_string(t);
    for (int i = 0; i < each; ++i) {
      here.io().sockets_join(room);
      EXPECT_EQ(here.io().in(room).fetch_sockets().future().get().size(), sockets.size());
      EXPECT_EQ(here.io().main().fetch_room_size(room).future().get(), sockets.size());
      here.io().in(room).sockets_leave(room);
      EXPECT_EQ(here.io().main().fetch_room_size(room).future().get(), 0u);
      EXPECT_TRUE(here.io().main().fetch_socket(sockets[0].id()).future().get().has_value());
      EXPECT_EQ(here.io().main().size(), sockets.size());
    }
  });
}

TEST_P(workers, namespaces_are_made_by_many_at_once_and_once) {  // P155 P157
  served here(GetParam());
  std::atomic<int> made = 0, connected = 0;
  here.io().on_new_namespace([&](nsp) { ++made; });
  here.io().of(std::regex("^/dyn-\\d+$")).on_connection([&](socket) { ++connected; });
  constexpr int names = 20;
  on_threads(threads, [&](int) {
    ws_client mine(here.port());
    for (int i = 0; i < names; ++i) {
      mine.send("0/dyn-" + std::to_string(i) + ",");
      EXPECT_TRUE(mine.next()->starts_with("0/dyn-" + std::to_string(i) + ","));
    }
  });
  EXPECT_EQ(made, names);
  EXPECT_EQ(connected, names * threads);
}

}  // namespace
}  // namespace jackfield::tests
