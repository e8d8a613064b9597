// The chat's server side, an application on the library's public API alone. Events and limits: chat/PROTOCOL.md.
// Owner: serve. Thread: the server's workers, where the handlers run: what they share is under one lock, which a handler takes
// once. Lives as long as its server runs.
#pragma once

#include "chat_rooms.hpp"

#include <jackfield/server.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace jackfield::app {

class chat {
 public:
  /// Registers itself on "/".
  explicit chat(server& io);
  chat(const chat&) = delete;
  chat& operator=(const chat&) = delete;

 private:
  struct visitor;  // what a socket carries
  struct typing_place {
    std::optional<std::string> room, to;
    BOOST_DESCRIBE_CLASS(typing_place, (), (room, to), (), ())
  };
  struct present {
    person who;
    socket at;
  };

  void admit(const socket& s, const next& go) const;
  void arrived(const socket& s);
  void listen_to(const socket& s);
  void left(const socket& s);

  void join(const socket& s, const std::string& raw, ack answer);
  void leave(const socket& s, const std::string& room, ack answer);
  void say(const socket& s, const std::string& room, const std::string& text, const std::string& nonce, ack answer);
  void whisper(const socket& s, const std::string& to, const std::string& text, const std::string& nonce, ack answer);
  void typing(const socket& s, const typing_place& where) const;

  bool leave_room(const socket& s, const std::string& room);
  void leave_all(const socket& s);
  /// A message of this visitor; nothing, and an answer, when it is not to be sent.
  std::optional<message> compose(const socket& s, const std::string& text, const std::string& nonce, ack& answer);
  bool name_is_taken(const person& p) const;

  server& io_;
  /// Recursive: ending the visit before this one calls its handler at once when that is on the same worker.
  mutable std::recursive_mutex mutex_;  // guards what follows, and every visitor
  rooms rooms_;
  std::map<std::string, present, std::less<>> people_;  // by person id
  std::string epoch_;                                   // makes message ids unique over restarts
  std::uint64_t messages_ = 0;
};

}  // namespace jackfield::app
