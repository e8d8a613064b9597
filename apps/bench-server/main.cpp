// bench-server PORT: the four events that the ruler measures, on default options.
#include <jackfield/server.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace jf = jackfield;

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "bench-server: which port?\n  bench-server PORT\n");
    return 2;
  }
  jf::server io;
  io.on_connection([&io](jf::socket s) {
    s.on("echo", [](jf::arg payload, jf::ack reply) { reply(payload); });
    s.on("cast", [&io](jf::arg payload) { io.emit("cast", payload); });
    s.on("join", [](jf::socket self, std::string room, jf::ack reply) {
      self.join(room);
      reply();
    });
    s.on("room", [&io](std::string_view room, jf::arg payload) { io.to(room).emit("room", payload); });
  });
  io.listen("127.0.0.1", static_cast<std::uint16_t>(std::atoi(argv[1])));
  io.run();
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench-server: %s\n", e.what());
  return 1;
}
