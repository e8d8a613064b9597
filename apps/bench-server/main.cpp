// bench-server PORT [--workers W] [--tls-cert FILE --tls-key FILE]: the four events that the ruler measures, on default options;
// with TLS or without.
#include <jackfield/server.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

namespace jf = jackfield;

namespace {

struct arguments {
  std::uint16_t port = 0;
  std::size_t workers = 1;
  std::string tls_cert, tls_key;  // empty: no TLS
};

bool parse(int argc, char** argv, arguments& a) {
  if (argc < 2 || argc % 2 != 0) return false;
  a.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  for (int i = 2; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--workers")
      a.workers = std::strtoul(argv[i + 1], nullptr, 10);
    else if (name == "--tls-cert")
      a.tls_cert = argv[i + 1];
    else if (name == "--tls-key")
      a.tls_key = argv[i + 1];
    else
      return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) try {
  arguments a;
  if (!parse(argc, argv, a)) {
    std::fprintf(stderr, "bench-server: which port?\n  bench-server PORT [--workers W] [--tls-cert FILE --tls-key FILE]\n");
    return 2;
  }
  jf::server io({.workers = a.workers});
  io.on_connection([&io](jf::socket s) {
    s.on("echo", [](jf::arg payload, jf::ack reply) { reply(payload); });
    s.on("cast", [&io](jf::arg payload) { io.emit("cast", payload); });
    s.on("join", [](jf::socket self, std::string room, jf::ack reply) {
      self.join(room);
      reply();
    });
    s.on("room", [&io](std::string_view room, jf::arg payload) { io.to(room).emit("room", payload); });
  });
  if (a.tls_cert.empty())
    io.listen("127.0.0.1", a.port);
  else
    io.listen_tls("127.0.0.1", a.port, {.certificates = {{.chain_file = a.tls_cert, .key_file = a.tls_key}}});
  io.run();
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench-server: %s\n", e.what());
  return 1;
}
