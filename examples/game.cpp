// A game at 20 Hz. The world goes to everybody twenty times a second, volatile: for a client that cannot keep up the next state
// is news, an old one is not, and nothing piles up. The score changes seldom and must arrive, but only the newest counts:
// latest("score") puts it in the place of one that still waits for the client.
//
//   onkeydown = (e) => socket.volatile.emit("steer", ...direction(e));   // of length 1 at most
//   socket.on("world", (tick, players) => draw(players));
//   socket.on("score", (score) => show(score));
#include <jackfield/server.hpp>

#include <chrono>
#include <cmath>
#include <functional>
#include <iostream>
#include <map>
#include <string>

namespace jf = jackfield;
using namespace std::chrono_literals;
using sys_clock = std::chrono::steady_clock;

constexpr auto step = 50ms;
constexpr double width = 100, speed = 20, reach = 3;  // units; per second
constexpr std::size_t most_players = 100;

struct player {
  double x = 0, y = 0;
};
BOOST_DESCRIBE_STRUCT(player, (), (x, y))

struct game {
  std::uint64_t tick = 0;
  std::map<std::string, player> players;  // by the socket's id
  std::map<std::string, player> course;   // where each is steering
  std::map<std::string, int> score;
  player coin{60, 50};

  bool add(const std::string& id) {
    if (players.size() == most_players) return false;
    players[id] = {50, 50};
    course[id] = {};
    score[id] = 0;
    return true;
  }
  void remove(const std::string& id) {
    players.erase(id);
    course.erase(id);
    score.erase(id);
  }
  /// What a client says is a wish: how far it gets is for the server to say.
  void steer(const std::string& id, double dx, double dy) {
    const double length = std::hypot(dx, dy);
    if (!std::isfinite(length)) return;
    const double shorter = length > 1 ? 1 / length : 1;
    course[id] = {dx * shorter, dy * shorter};
  }
  /// One step. True: somebody got the coin.
  bool advance() {
    ++tick;
    bool scored = false;
    for (auto& [id, p] : players) {
      const double way = speed * std::chrono::duration<double>(step).count();
      p.x = std::clamp(p.x + course[id].x * way, 0.0, width);
      p.y = std::clamp(p.y + course[id].y * way, 0.0, width);
      if (std::hypot(p.x - coin.x, p.y - coin.y) > reach) continue;
      ++score[id];
      scored = true;
      coin = {width - coin.x, std::fmod(coin.y + 37, width)};
    }
    return scored;
  }
};

int main(int argc, char** argv) {
  game g;
  // At most 256 KiB wait for a client; beyond that the newest score takes the place of older ones.
  jf::server io({.outbound = {.limit_bytes = 256u << 10, .policy = jf::overflow::keep_latest}});

  io.on_connection([&](jf::socket s) {
    const std::string id(s.id());
    if (!g.add(id)) {
      s.emit("full");
      return s.disconnect(true);
    }
    s.latest("score").emit("score", g.score);
    s.on("steer", [&g](jf::socket who, double dx, double dy) { g.steer(std::string(who.id()), dx, dy); });
    s.on_disconnect([&g, id] { g.remove(id); });
  });

  // Each tick is due at its own time, so that a late one makes no other late; those that were missed altogether are left out.
  auto due = sys_clock::now();
  std::function<void()> tick = [&] {
    if (g.advance()) io.latest("score").emit("score", g.score);
    io.volatile_().emit("world", g.tick, g.players, g.coin);
    const auto now = sys_clock::now();
    do due += step;
    while (due <= now);
    io.after(std::chrono::ceil<std::chrono::milliseconds>(due - now), tick);
  };
  io.post(tick);

  io.stop_on_signals();
  const auto port = io.listen("127.0.0.1", static_cast<std::uint16_t>(argc > 1 ? std::stoi(argv[1]) : 3000));
  std::cout << "READY " << port << std::endl;
  io.run();
}
