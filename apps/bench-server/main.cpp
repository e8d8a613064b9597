// bench-server PORT [--tls-cert FILE --tls-key FILE]: the four events that the ruler measures, on default options; with TLS or
// without.
#include <jackfield/server.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace jf = jackfield;

int main(int argc, char** argv) try {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  const bool plain = words.size() == 1;
  if (!plain && !(words.size() == 5 && words[1] == "--tls-cert" && words[3] == "--tls-key")) {
    std::fprintf(stderr, "bench-server: which port?\n  bench-server PORT [--tls-cert FILE --tls-key FILE]\n");
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
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  if (plain)
    io.listen("127.0.0.1", port);
  else
    io.listen_tls("127.0.0.1", port,
                  {.certificates = {{.chain_file = std::string(words[2]), .key_file = std::string(words[4])}}});
  io.run();
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench-server: %s\n", e.what());
  return 1;
}
