// driver: the client, steered by lines of JSON on the standard input, telling in lines on the standard output what it sees. A
// test's hands and eyes: it decides nothing.
//
//   > {"cmd":"open","sock":"a","url":"http://127.0.0.1:3000","opts":{"transports":["websocket"]}}
//   < {"ev":"connect","sock":"a","id":"…","recovered":false}
//
//   open     sock, url, nsp = "/", manager = sock, opts (opening.hpp)   connect, disconnect, state: sock
//   emit     sock, event, args, ack, timeout, volatile
//   reply    sock, event, args: the answer to such events from now on; answer: sock, n, args: to one event that waits for it
//   auth     sock, auth: what CONNECT says from now on                  exit
//
// Thread: commands come from one thread; what is told comes from the clients' loop too.
#pragma once

#include <jackfield/client.hpp>
#include <jackfield/value.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace driver {

/// One line. Any thread.
void say(jackfield::object line);

class driver {
 public:
  driver();
  ~driver();
  /// Carries out one command. False: it was "exit". Throws what a command that cannot be carried out throws.
  bool obey(const jackfield::value& command);

 private:
  struct plug;  // a socket and what belongs to it

  void open(const jackfield::value& c);
  void emit(const jackfield::value& c);
  void reply(const jackfield::value& c);
  void answer(const jackfield::value& c);
  void state(const jackfield::value& c);
  jackfield::client& client_for(const std::string& name, const jackfield::value& c);
  plug& at(const jackfield::value& c);

  jackfield::client_loop loop_;
  std::map<std::string, jackfield::client> clients_;
  std::map<std::string, std::shared_ptr<plug>> plugs_;
};

}  // namespace driver
