// A talk in rooms: middleware, rooms, broadcasts, questions to the others, a coroutine that waits for them.
// In the browser: io("http://127.0.0.1:3000", { auth: { name: "ada" } })
#include <jackfield/server.hpp>

#include <chrono>
#include <iostream>
#include <string>

namespace jf = jackfield;
using namespace std::chrono_literals;

struct said {
  std::string room, from, text;
};
BOOST_DESCRIBE_STRUCT(said, (), (room, from, text))

int main() {
  jf::server io({.cors = {.origin = "*"}});

  // Who has no name does not come in; the client hears "connect_error" with this text.
  io.use([](jf::socket s, jf::next next) {
    const std::string name(s.handshake().auth["name"].text_or(""));
    if (name.empty()) return next(jf::refuse("a name is needed", jf::object{{"field", "name"}}));
    s.data<std::string>() = name;
    next();
  });

  io.on_connection([&io](jf::socket s) {
    s.on("join", [](jf::socket who, std::string room) {
      who.join(room);
      who.to(room).emit("joined", who.data<std::string>(), room);
      return who.rooms().size();
    });
    // Relayed as it came: whatever the client sends, text or binary, is not looked at.
    s.on("say",
         [&io](jf::socket who, std::string room, jf::arg what) { io.to(room).emit("said", who.data<std::string>(), what); });
    // Typed: an argument that is no such struct never gets here.
    s.on("post", [&io](said m) { io.to(m.room).emit("post", m); });
    // Asks everybody in the room and answers with what came within a second.
    s.on("poll", [&io](std::string room, std::string question) -> jf::task<jf::array> {
      const auto all = co_await io.to(room).timeout(1s).emit_with_ack("question", question).as_result();
      co_return all->values;
    });
    s.on_disconnect(
        [s](jf::disconnect_reason why) { s.broadcast().emit("left", s.data<std::string>(), std::string(name_of(why))); });
  });

  io.listen("127.0.0.1", 3000);
  std::cout << "http://127.0.0.1:3000\n";
  io.run();
}
