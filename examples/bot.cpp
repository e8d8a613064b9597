// A bot without a screen, for the server of rooms.cpp: joins a room, answers polls, and does what it is told there. Coroutines on
// the caller's io_context: one thread, no locks.
//
//   example_bot http://127.0.0.1:3000 lab         "bot, add 1 2 3" is answered with "6"; "bot, bye" sends it away
#include <jackfield/client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>

namespace jf = jackfield;
using namespace std::chrono_literals;

class bot {
 public:
  bot(boost::asio::io_context& context, const std::string& url, std::string room)
      : room_(std::move(room)), stop_([&context] { context.stop(); }), io_(context, url, options()) {
    io_.socket("/", [this](jf::client_socket s) {
      s.on_connect([this, s]() { s.emit("join", room_); });
      s.on("question", [](std::string q) { return q.ends_with("?") ? "perhaps" : "that was no question"; });
      s.on("said", [this](jf::client_socket me, std::string who, jf::value what) { return on_said(me, who, what); });
      s.on_connect_error([](const jf::connect_error& e) { std::cerr << "not connected: " << e.message << std::endl; });
    });
    std::cout << "READY" << std::endl;
  }

 private:
  static jf::client_options options() {
    jf::client_options o;
    o.auth = jf::object{{"name", "bot"}};
    return o;
  }

  /// A handler that waits: others run meanwhile.
  jf::task<void> on_said(jf::client_socket me, std::string who, jf::value what) {
    const std::string text(what.text_or(""));
    if (who == "bot" || !text.starts_with("bot, ")) co_return;
    std::istringstream words(text.substr(5));
    std::string verb;
    words >> verb;
    std::string reply = "I can add, " + who;
    if (verb == "add") reply = std::to_string(sum_of(words));
    if (verb == "bye") reply = "goodbye";
    const bool heard = co_await say(me, reply);
    if (!heard) std::cerr << "nobody heard me" << std::endl;
    if (verb == "bye") stop_();
  }

  jf::task<bool> say(jf::client_socket me, std::string text) {
    const auto answer = co_await me.timeout(5s).emit_with_ack<bool>("say", room_, text).as_result();
    co_return answer ? *answer : false;
  }

  static std::int64_t sum_of(std::istream& words) {
    std::int64_t sum = 0;
    for (std::int32_t x = 0; words >> x;) sum += x;
    return sum;
  }

  const std::string room_;
  std::function<void()> stop_;
  jf::client io_;  // last: it goes first, and its handlers with it
};

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: " << argv[0] << " URL ROOM\n", 2;
  boost::asio::io_context context;
  boost::asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&context](const boost::system::error_code&, int) { context.stop(); });
  const bot b(context, argv[1], argv[2]);
  context.run();
}
