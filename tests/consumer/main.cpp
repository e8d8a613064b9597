// A program of somebody else: starts a server, serves nobody, stops. Prints OK.
#include <jackfield/server.hpp>

#include <cstdio>
#include <string>

namespace jf = jackfield;

struct message {
  std::string room, text;
};
BOOST_DESCRIBE_STRUCT(message, (), (room, text))

int main() {
  jf::server io;
  io.on_connection([&io](jf::socket s) {
    s.on("message", [&io](message m) { io.to(m.room).emit("message", m); });
    s.on("sum", [](int a, int b) { return a + b; });
  });
  if (io.listen("127.0.0.1", 0) == 0) return 1;
  io.post([&io] { io.stop(); });
  io.run();
  std::puts("OK");
}
