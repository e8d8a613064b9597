// A talk in rooms: middleware, rooms, broadcasts, questions to the others, a coroutine that waits for them.
// In the browser: io("http://127.0.0.1:3000", { auth: { name: "ada" } })
#include <jackfield/server.hpp>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>

namespace jf = jackfield;
using namespace std::chrono_literals;

struct posting {
  std::string room, text;
  std::optional<std::string> from;  // ours to say
};
BOOST_DESCRIBE_STRUCT(posting, (), (room, text, from))

int main(int argc, char** argv) {
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
      if (room.size() == who.id().size()) return false;  // could be another socket's id, which is a room too
      if (!who.in_room(room) && who.join(room)) who.to(room).emit("joined", who.data<std::string>(), room);
      return who.in_room(room);
    });
    s.on("leave", [](jf::socket who, std::string room) {
      if (room == who.id() || !who.in_room(room)) return;
      who.leave(room);
      who.to(room).emit("left", who.data<std::string>(), room);
    });
    // Relayed as it came: whatever the client sends, text or binary, is not looked at.
    s.on("say", [&io](jf::socket who, std::string room, jf::arg what) {
      if (!who.in_room(room)) return false;
      io.to(room).emit("said", who.data<std::string>(), what);
      return true;
    });
    // Typed: an argument that is no such struct never gets here.
    s.on("post", [](jf::socket who, posting p) {
      if (!who.in_room(p.room)) return false;
      p.from = who.data<std::string>();
      who.to(p.room).emit("post", p);
      return true;
    });
    // Asks everybody in the room and answers with what came within a second.
    s.on("poll", [&io](jf::socket who, std::string room, std::string question) -> jf::task<jf::array> {
      if (!who.in_room(room)) co_return jf::array();
      const auto all = co_await io.to(room).timeout(1s).emit_with_ack("question", question).as_result();
      co_return all->values;
    });
    // "Disconnecting": it is in its rooms still.
    s.on_disconnecting([s](jf::disconnect_reason why) {
      for (const auto& room : s.rooms()) s.to(room).emit("left", s.data<std::string>(), room, jf::name_of(why));
    });
  });

  io.stop_on_signals();
  const auto port = io.listen("127.0.0.1", static_cast<std::uint16_t>(argc > 1 ? std::stoi(argv[1]) : 3000));
  std::cout << "READY " << port << std::endl;
  io.run();
}
