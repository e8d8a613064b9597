// The player's end of game.cpp, as a game engine would have it: no thread and no lock; the network is a step of every frame. What
// a handler changes it changes between two frames.
//
//   example_game 3000        example_game_client http://127.0.0.1:3000 600: so many frames, 60 a second; then it ends
#include <jackfield/client.hpp>

#include <chrono>
#include <cmath>
#include <iostream>
#include <map>
#include <string>
#include <thread>

namespace jf = jackfield;
using namespace std::chrono_literals;

struct place {
  double x = 0, y = 0;
};
BOOST_DESCRIBE_STRUCT(place, (), (x, y))

struct scene {
  std::uint64_t tick = 0;
  std::map<std::string, place> players;
  place coin;
  std::map<std::string, int> score;
};

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: " << argv[0] << " URL FRAMES\n", 2;
  const int frames = std::stoi(argv[2]);
  scene now;
  std::size_t worlds = 0, slow_frames = 0;

  jf::client io(jf::by_hand, argv[1], {.transports = {jf::client_transport::websocket}});
  const auto s = io.socket("/", [&](jf::client_socket net) {
    net.on("world", [&](std::uint64_t tick, std::map<std::string, place> players, place coin) {
      now.tick = tick;
      now.players = std::move(players);
      now.coin = coin;
      ++worlds;
    });
    net.on("score", [&](std::map<std::string, int> score) { now.score = std::move(score); });
    net.on_connect_error([](const jf::connect_error& e) { std::cerr << "not connected: " << e.message << std::endl; });
  });

  auto due = std::chrono::steady_clock::now();
  for (int frame = 0; frame < frames; ++frame) {
    const auto begun = std::chrono::steady_clock::now();
    io.poll();  // everything that has come, without waiting
    slow_frames += std::chrono::steady_clock::now() - begun > 16ms;

    // Towards the coin. A wish that cannot be sent at once is not worth sending.
    if (const auto me = now.players.find(s.id()); me != now.players.end()) {
      const double dx = now.coin.x - me->second.x, dy = now.coin.y - me->second.y;
      if (frame % 6 == 0) s.volatile_().emit("steer", dx, dy);
    }
    std::this_thread::sleep_until(due += 16ms);
  }
  std::cout << "WORLDS " << worlds << " TICK " << now.tick << " SCORE " << now.score[s.id()] << " SLOW " << slow_frames
            << std::endl;
}
