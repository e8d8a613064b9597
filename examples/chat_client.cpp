// A chat in the terminal, for the server of rooms.cpp: what is typed is said, what is said is shown. Lines that are typed while
// the connection is away are sent when it is back; the last hundred of them.
//
//   example_rooms 3000        example_chat_client http://127.0.0.1:3000 ada lab
#include <jackfield/client.hpp>

#include <iostream>
#include <string>

namespace jf = jackfield;

int main(int argc, char** argv) {
  if (argc != 4) return std::cerr << "usage: " << argv[0] << " URL NAME ROOM\n", 2;
  const std::string name = argv[2], room = argv[3];

  jf::client_options options;
  options.auth = jf::object{{"name", name}};
  options.away.max_events = 100;

  // The client has a thread of its own: handlers run there, this one reads the keyboard.
  jf::client io(argv[1], options);
  const auto s = io.socket("/", [&](jf::client_socket chat) {
    // Rooms are left with the connection: they are joined at every new one.
    chat.on_connect([chat, room] {
      chat.emit("join", room,
                [room](bool joined) { std::cout << (joined ? "* you are in " : "* you may not enter ") << room << std::endl; });
    });
    chat.on("said", [](std::string who, jf::value what) {
      std::cout << who << ": " << (what.is_string() ? what.text_or("") : to_json(what)) << std::endl;
    });
    chat.on("joined", [](std::string who) { std::cout << "* " << who << " has come" << std::endl; });
    chat.on("left", [](std::string who) { std::cout << "* " << who << " has left" << std::endl; });
    chat.on_disconnect([chat](jf::disconnect_reason why) {
      std::cout << "* away: " << name_of(why) << (chat.active() ? ", coming back" : "") << std::endl;
    });
    chat.on_connect_error([](const jf::connect_error& e) { std::cout << "* not connected: " << e.message << std::endl; });
  });

  for (std::string line; std::getline(std::cin, line) && line != "/quit";)
    if (!line.empty()) s.emit("say", room, line);

  // What was typed last is on its way before we go.
  s.drained().future().wait_for(std::chrono::seconds(5));
}
