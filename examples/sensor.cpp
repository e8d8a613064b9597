// A sensor that publishes measurements, wherever it is and however bad its network: while it is away the newest value of each
// quantity is kept, and nothing else; alarms are sent until the server has confirmed them, in their order.
//
//   example_sensor URL COUNT: so many measurements, ten a second; then it ends. Server:
//     io.on("connection", (s) => { s.on("measured", (quantity, value, at) => …); s.on("alarm", (text, number, done) => done());
//     });
#include <jackfield/client.hpp>

#include <chrono>
#include <cmath>
#include <iostream>
#include <string>
#include <thread>

namespace jf = jackfield;
using namespace std::chrono_literals;

struct reading {
  std::string quantity;
  double value;
};

/// In the place of the hardware.
reading measure(int n) {
  const double x = 0.1 * n;
  return n % 2 == 0 ? reading{"temperature", 20 + 5 * std::sin(x)} : reading{"humidity", 50 + 10 * std::cos(x)};
}

std::int64_t milliseconds_now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: " << argv[0] << " URL COUNT\n", 2;
  const int count = std::stoi(argv[2]);

  // A sensor is for ever: it tries again and again, at most every 5 s. Values: the newest of each quantity waits, for a minute.
  jf::client io(argv[1], {.reconnection_delay = 200ms, .away = {.max_age = 60s, .on_return = jf::burst::latest_of_key}});
  const auto values = io.socket("/");
  // Alarms have a namespace of their own on the same connection: each is sent up to a hundred times, until it is answered.
  const auto alarms =
      io.socket("/alarms", {.retries = 100, .ack_timeout = 500ms, .away = {.max_events = 1000, .full = jf::when_full::refuse}});

  values.on_connect([] { std::cout << "CONNECTED" << std::endl; });
  values.on_disconnect([] { std::cout << "AWAY" << std::endl; });

  for (int n = 0; n < count; ++n) {
    const auto r = measure(n);
    values.latest(r.quantity).emit("measured", r.quantity, r.value, milliseconds_now());
    if (n % 10 == 9) {
      std::cout << "ALARM " << n << std::endl;
      // The number makes a repetition known as one.
      const bool taken = alarms.emit("alarm", "value " + std::to_string(n), n,
                                     [n](jf::error e) { std::cout << (e ? "LOST " : "CONFIRMED ") << n << std::endl; });
      if (!taken) std::cout << "FULL" << std::endl;
    }
    std::this_thread::sleep_for(100ms);
  }
  if (alarms.drained().future().wait_for(30s) != std::future_status::ready) return std::cerr << "alarms are left\n", 1;
  std::cout << "DROPPED " << values.dropped_events() << std::endl;
}
