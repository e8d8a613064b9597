// "ada is typing…". News that is worth nothing a second later is sent volatile: a client that cannot take it at once never gets
// it. The end of typing is not volatile, or a name might stay on the screen; and it comes by itself when a client falls silent.
//
//   input.oninput = throttle(() => socket.volatile.emit("typing"), 1000);   // again and again while keys are pressed
//   socket.on("typing", (who) => show(who));
//   socket.on("quiet", (who) => hide(who));
#include <jackfield/server.hpp>

#include <chrono>
#include <iostream>
#include <string>

namespace jf = jackfield;
using namespace std::chrono_literals;

constexpr auto silence = 1500ms;  // longer than the client's throttle
constexpr std::size_t longest_text = 4'000, longest_name = 40;

struct writer {
  std::string name, room;
  bool typing = false;
  unsigned keys = 0;  // counts the news, so that a timer knows whether there was any since it was set
};

void fall_quiet(const jf::socket& s) {
  auto& w = s.data<writer>();
  if (std::exchange(w.typing, false)) s.to(w.room).emit("quiet", w.name);
}

int main(int argc, char** argv) {
  jf::server io;

  io.use([](jf::socket s) {
    const std::string name(s.handshake().auth["name"].text_or(""));
    if (name.empty() || name.size() > longest_name) throw jf::refuse("a name is needed");
    s.data<writer>().name = name;
  });

  io.on_connection([&io](jf::socket s) {
    s.on("join", [](jf::socket who, std::string room) {
      auto& w = who.data<writer>();
      fall_quiet(who);
      if (!w.room.empty()) who.leave(w.room);
      w.room = "talk:" + room;  // so that no client joins the room of another socket's id
      return who.join(w.room);
    });

    s.on("typing", [&io](jf::socket who) {
      auto& w = who.data<writer>();
      if (w.room.empty()) return;
      w.typing = true;
      who.to(w.room).volatile_().emit("typing", w.name);
      io.after(silence, [who, seen = ++w.keys] {
        if (who.connected() && who.data<writer>().keys == seen) fall_quiet(who);
      });
    });

    s.on("say", [&io](jf::socket who, std::string text) {
      auto& w = who.data<writer>();
      if (w.room.empty() || text.size() > longest_text) return false;
      fall_quiet(who);
      io.to(w.room).emit("said", w.name, text);
      return true;
    });

    // "Disconnecting": the rooms are there still.
    s.on_disconnecting([s] { fall_quiet(s); });
  });

  io.stop_on_signals();
  const auto port = io.listen("127.0.0.1", static_cast<std::uint16_t>(argc > 1 ? std::stoi(argv[1]) : 3000));
  std::cout << "READY " << port << std::endl;
  io.run();
}
