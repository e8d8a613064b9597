// So many events per second and socket, and no more: a token bucket as a middleware of the socket's events. What is refused never
// gets to a handler; a client that asked for an answer is told when to try again, and one that goes on all the same is sent away.
//
//   const answer = await socket.emitWithAck("search", "jackfield");
//   if (answer.error) setTimeout(again, answer.error.retry_after_ms);
#include <jackfield/server.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <string>

namespace jf = jackfield;
using namespace std::chrono_literals;

/// Holds `size` tokens at most, gets `per_second` of them back.
class token_bucket {
 public:
  using clock = std::chrono::steady_clock;
  token_bucket(double size, double per_second) : size_(size), per_second_(per_second), tokens_(size) {}

  /// Nothing: taken. Otherwise how long it will be until there are as many.
  std::chrono::milliseconds take(double tokens) {
    const auto now = clock::now();
    tokens_ = std::min(size_, tokens_ + per_second_ * std::chrono::duration<double>(now - last_).count());
    last_ = now;
    if (tokens_ >= tokens) return tokens_ -= tokens, 0ms;
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil((tokens - tokens_) / per_second_ * 1000)));
  }

 private:
  double size_, per_second_, tokens_;
  clock::time_point last_ = clock::now();
};

/// What an event costs: what makes more work, more.
double price(std::string_view event) { return event == "search" ? 2 : 1; }

constexpr double bucket_size = 10, tokens_per_second = 5;
constexpr int patience = 50;  // refused events in a row

void limit_rate(const jf::socket& s) {
  // The bucket and the count are the middleware's own, so they go with the socket.
  s.use([s, bucket = token_bucket(bucket_size, tokens_per_second), refused = 0](jf::event& e, jf::next next) mutable {
    const auto wait = bucket.take(price(e.name()));
    if (wait == 0ms) return refused = 0, next();
    const jf::object why{{"code", "rate_limited"}, {"retry_after_ms", wait.count()}};
    e.take_ack()(jf::object{{"error", why}});  // does nothing when nobody asked
    if (++refused == patience) return s.disconnect(true);
    next(jf::refuse("too many events"));
  });
}

int main(int argc, char** argv) {
  jf::server io;
  std::uint64_t refused = 0;

  io.on_connection([&refused](jf::socket s) {
    limit_rate(s);
    s.on_error([&refused](const jf::error&) { ++refused; });  // what the middlewares said
    s.on("add", [](int a, int b) { return a + b; });
    s.on("search", [](std::string what) { return jf::array{what + " 1", what + " 2"}; });
  });

  // What the events cannot show: how often the library's own limits were reached, and how often ours.
  io.http().get("/limits", [&](const jf::http_request&, jf::http_reply reply) {
    jf::object hits{{"rate", refused}};
    for (const auto& [name, count] : io.limit_hits()) hits[name] = count;
    reply.send(jf::to_json(hits), "application/json");
  });

  io.stop_on_signals();
  const auto port = io.listen("127.0.0.1", static_cast<std::uint16_t>(argc > 1 ? std::stoi(argv[1]) : 3000));
  std::cout << "READY " << port << std::endl;
  io.run();
}
