// Clients that are made, used and destroyed by several threads at once, in any order, on every kind of loop, against a real
// server: nothing crashes or hangs, and whoever waits for an answer is told, exactly once.
//
// JACKFIELD_INTERLEAVINGS: how many steps (default 20 000); JACKFIELD_SEED: which.
#include <jackfield/client.hpp>
#include <jackfield/server.hpp>

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace jf = jackfield;
using namespace std::chrono_literals;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Echoes, and sends whoever asks for it away.
class echo_server {
 public:
  echo_server() {
    io_.on_connection([](jf::socket s) {
      s.on("echo", [](int n) { return n; });
      s.on("silence", [](int, jf::ack) {});
      s.on("kick", [](jf::socket me) { me.disconnect(true); });
      s.emit("hello", 1);
    });
    url = "http://127.0.0.1:" + std::to_string(io_.listen("127.0.0.1", 0));
    thread_ = std::thread([this] { context_.run(); });
  }
  /// At once: sessions that polled and went without a word would be waited for.
  ~echo_server() {
    context_.stop();
    thread_.join();
  }
  std::string url;

 private:
  boost::asio::io_context context_;
  // Those who went before they had a namespace do not keep others out.
  jf::server io_{context_, {.limits = {.pending_sessions = 1'000'000}, .connect_timeout = 1s}};
  std::thread thread_;
};

/// Every kind of loop, each with somebody who runs it.
class loops {
 public:
  loops() {
    guest_runs_ = std::thread([this] { context_.run(); });
    polled_ = std::thread([this] {
      while (!over_) {
        if (!by_hand_.poll()) std::this_thread::yield();
      }
    });
  }
  ~loops() {
    over_ = true;
    polled_.join();
    stays_.reset();
    context_.stop();
    guest_runs_.join();
  }
  std::unique_ptr<jf::client> make(unsigned kind, const std::string& url, const jf::client_options& o) {
    switch (kind % 4) {
      case 0: return std::make_unique<jf::client>(url, o);
      case 1: return std::make_unique<jf::client>(shared_, url, o);
      case 2: return std::make_unique<jf::client>(guest_, url, o);
      default: return std::make_unique<jf::client>(by_hand_, url, o);
    }
  }

 private:
  boost::asio::io_context context_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> stays_{context_.get_executor()};
  jf::client_loop shared_, guest_{context_}, by_hand_{jf::by_hand};
  std::atomic<bool> over_{false};
  std::thread guest_runs_, polled_;
};

/// What several threads do to the same clients.
class stage {
 public:
  stage(std::uint64_t steps, std::uint64_t seed) : left_(static_cast<std::int64_t>(steps)), seed_(seed) {}

  void run() {
    std::vector<std::thread> actors;
    for (std::uint64_t i = 0; i < 4; ++i) actors.emplace_back([this, i] { act(seed_ + i); });
    for (auto& a : actors) a.join();
    for (auto& s : slots_) put(s, {});
    // What was asked of a client while another thread destroyed it is told by the loop, a little later.
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (asked_ != told_ && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  }
  void expect_that_all_were_told() const {
    EXPECT_GT(asked_.load(), 0u);
    EXPECT_EQ(asked_.load(), told_.load()) << "each question has one end";
    EXPECT_GT(answered_.load(), 0u) << "some were answered";
    EXPECT_EQ(wrong_.load(), 0u);
  }

 private:
  struct held {
    std::shared_ptr<jf::client> client;
    std::optional<jf::client_socket> socket;
  };
  struct slot {
    std::mutex mutex;
    held now;  // guarded by mutex
  };

  void put(slot& s, held next) {
    std::unique_lock lock(s.mutex);
    std::swap(s.now, next);
    lock.unlock();  // the last owner destroys the old one, here
  }
  held take(slot& s) {
    const std::lock_guard lock(s.mutex);
    return s.now;
  }
  held make(std::mt19937_64& chance) {
    jf::client_options o{.reconnection_delay = 1ms, .reconnection_delay_max = 20ms};
    if (chance() % 2 == 0) o.transports = {jf::client_transport::websocket};
    if (chance() % 4 == 0) o.retries = 2, o.ack_timeout = 50ms;
    o.away.max_events = 100;
    held h{loops_.make(static_cast<unsigned>(chance()), server_.url, o), {}};
    h.socket = h.client->socket("/", [this](jf::client_socket s) {
      s.on("hello", [this](int n) { wrong_ += n != 1; });
      s.on_connect([s] { s.emit("echo", 0); });
    });
    return h;
  }
  void ask(const jf::client_socket& s, const char* event, std::chrono::milliseconds limit) {
    ++asked_;
    s.timeout(limit).emit(event, 7, [this](jf::error e, int n) {
      ++told_;
      answered_ += !e;
      wrong_ += !e && n != 7;
    });
  }
  void act(std::uint64_t seed) {
    std::mt19937_64 chance(seed);
    while (left_.fetch_sub(1) > 0) step(slots_[chance() % slots_.size()], chance);
    // Clients live for some milliseconds: on a busy machine the steps may be over before one of them came to an answer.
    const auto until = std::chrono::steady_clock::now() + 30s;
    while (answered_ == 0 && std::chrono::steady_clock::now() < until) step(slots_[chance() % slots_.size()], chance);
  }
  void step(slot& at, std::mt19937_64& chance) {
    const auto what = chance() % 64;
    if (what == 0) return put(at, make(chance));
    if (what == 1) return put(at, {});
    const auto h = take(at);
    if (!h.socket) return what < 8 ? put(at, make(chance)) : void();
    const auto& s = *h.socket;
    if (what < 24) return ask(s, "echo", 2s);
    if (what < 28) return ask(s, "silence", 10ms);
    if (what < 40) return void(s.emit("echo", 1));
    if (what < 44) return void(s.volatile_().emit("echo", 1));
    if (what < 48) return s.connect();
    if (what < 50) return s.disconnect();
    if (what < 51) return h.client->disconnect();
    if (what < 52) return void(s.emit("kick"));
    if (what < 54) return s.drained().then([](const jf::result<void>&) {});
    if (what < 56) return wait_for_one(s);
    if (what < 58) return h.client->post([s] { s.emit("echo", 2); });
    if (what < 60) return s.off(s.on("hello", [](int) {}));
    look(h);
  }
  /// A stream that somebody waits on, and nobody.
  void wait_for_one(const jf::client_socket& s) {
    auto stream = s.event<int>("hello");
    stream.next().then([](const jf::result<int>&) {});
  }
  void look(const held& h) {
    wrong_ += h.socket->connected() && h.socket->nsp_name() != "/";
    wrong_ += h.socket->id().size() > 64;
    wrong_ += h.client->transport().size() > 16;
    (void)h.socket->active();
    (void)h.socket->waiting_events();
  }

  std::atomic<std::int64_t> left_;
  const std::uint64_t seed_;
  std::atomic<std::uint64_t> asked_{0}, told_{0}, answered_{0}, wrong_{0};
  echo_server server_;
  loops loops_;
  std::array<slot, 12> slots_;
};

TEST(client_interleavings, end_well) {
  stage on(from_environment("JACKFIELD_INTERLEAVINGS", 20'000), from_environment("JACKFIELD_SEED", 1));
  on.run();
  on.expect_that_all_were_told();
}

// A client may be destroyed by what it calls, on every kind of loop.
TEST(client_interleavings, a_handler_may_destroy_its_client) {
  echo_server server;
  loops all;
  for (unsigned kind = 0; kind < 4; ++kind) {
    std::promise<void> gone;
    auto held = std::make_shared<std::unique_ptr<jf::client>>(all.make(kind, server.url, {}));
    auto& client = **held;
    client.socket("/", [&](jf::client_socket s) {
      s.on("hello", [&gone, held](int) {
        held->reset();
        gone.set_value();
      });
    });
    EXPECT_EQ(gone.get_future().wait_for(20s), std::future_status::ready) << "kind " << kind;
  }
}

// On return of the destructor no handler runs: what it uses may go.
TEST(client_interleavings, no_handler_outlives_its_client) {
  echo_server server;
  loops all;
  for (unsigned i = 0; i < 40; ++i) {
    auto used = std::make_unique<std::atomic<int>>(0);
    auto client = all.make(i, server.url, {.transports = {jf::client_transport::websocket}});
    const auto s = client->socket("/", [u = used.get()](jf::client_socket c) {
      c.on("hello", [u](int) { ++*u; });
      c.on_connect([u] { ++*u; });
      c.on_disconnect([u] { ++*u; });
    });
    for (int n = 0; n < 20; ++n) s.emit("echo", n, [u = used.get()](jf::error, int) { ++*u; });
    if (i % 3 == 0) s.emit_with_ack<int>("echo", 1).as_result();
    client.reset();
    EXPECT_GE(used->exchange(-1'000'000), 20) << "every question has its end before";
    EXPECT_FALSE(s.emit("late"));
    used.reset();
  }
}

}  // namespace
