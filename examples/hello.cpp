#include <jackfield/server.hpp>

#include <string>

namespace jf = jackfield;

struct message {
  std::string room, text;
};
BOOST_DESCRIBE_STRUCT(message, (), (room, text))

int main() {
  jf::server io;
  io.on_connection([&](jf::socket s) {
    s.join("lobby");
    s.on("message", [&io](message m) { io.to(m.room).emit("message", m); });  // typed: what does not fit never gets here
    s.on("sum", [](int a, int b) { return a + b; });                          // what is returned is the acknowledgement
  });
  io.listen(3000);
  io.run();
}
