// Private messages. A person is more than a connection: a secret session, which the client keeps (localStorage), brings it back
// as the same user after a reload or on another day; all tabs of a user get its messages, and what was said while it was away
// comes later.
//
//   socket.auth = { name: "ada" };                      // the first time
//   socket.on("session", ({ session, user }) => {       // keep it; `user` is public, `session` is not
//     socket.auth = { session };
//   });
//   const { error } = await socket.emitWithAck("private message", user, "hello");
#include <jackfield/server.hpp>

#include <cstdio>
#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>

namespace jf = jackfield;

struct message {
  std::string from, to, text;
};
BOOST_DESCRIBE_STRUCT(message, (), (from, to, text))

struct user {
  std::string id, name;
  int tabs = 0;                // connections that it has now
  std::deque<message> missed;  // while it had none
};
using user_ref = std::shared_ptr<user>;

constexpr std::size_t most_users = 10'000, most_missed = 100, longest_text = 4'000, longest_name = 40;

/// 128 bits that nobody guesses.
std::string fresh_id() {
  std::random_device entropy;
  char text[33];
  std::snprintf(text, sizeof text, "%08x%08x%08x%08x", entropy(), entropy(), entropy(), entropy());
  return text;
}

/// Who is known. Of the server's thread alone, so there is no lock; a real one keeps it in a database.
struct registry {
  std::map<std::string, user_ref> by_session, by_id;

  user_ref find(const std::string& session) const {
    const auto at = by_session.find(session);
    return at == by_session.end() ? nullptr : at->second;
  }
  std::string add(const std::string& name) {
    const auto session = fresh_id();
    const auto who = std::make_shared<user>(user{fresh_id(), name, 0, {}});
    by_session[session] = by_id[who->id] = who;
    return session;
  }
};

/// What a socket is told of itself: it goes into the socket's data.
struct identity {
  std::string session;
  user_ref who;
};

jf::object shown(const user& u) { return {{"user", u.id}, {"name", u.name}, {"here", u.tabs > 0}}; }

/// Sent by one of the user's tabs: to all tabs of the receiver, and to the sender's others. The answer has an error, or nothing
/// in it.
jf::object deliver(registry& known, const jf::socket& s, const std::string& to, const std::string& text) {
  const auto receiver = known.by_id.find(to);  // a room is not reached by its name alone: it has to be a user's
  if (receiver == known.by_id.end()) return {{"error", "no such user"}};
  if (text.size() > longest_text) return {{"error", "too long"}};
  const message m{s.data<identity>().who->id, to, text};
  s.to({m.to, m.from}).emit("private message", m);
  auto& u = *receiver->second;
  if (u.tabs == 0) {
    u.missed.push_back(m);
    if (u.missed.size() > most_missed) u.missed.pop_front();
  }
  return {};
}

int main(int argc, char** argv) {
  registry known;
  jf::server io;

  io.use([&known](jf::socket s, jf::next next) {
    const auto& auth = s.handshake().auth;
    identity me{std::string(auth["session"].text_or("")), nullptr};
    me.who = known.find(me.session);
    if (!me.who) {
      const std::string name(auth["name"].text_or(""));
      if (name.empty() || name.size() > longest_name) return next(jf::refuse("a name is needed"));
      if (known.by_id.size() == most_users) return next(jf::refuse("too many users"));
      me.session = known.add(name);
      me.who = known.find(me.session);
    }
    s.data<identity>() = me;
    next();
  });

  io.on_connection([&known](jf::socket s) {
    const auto [session, who] = s.data<identity>();
    s.join(who->id);  // a room of this user's tabs
    s.emit("session", jf::object{{"session", session}, {"user", who->id}});
    if (who->tabs++ == 0) s.broadcast().emit("user", shown(*who));
    for (const auto& m : std::exchange(who->missed, {})) s.emit("private message", m);

    s.on("users", [&known] {
      jf::array all;
      for (const auto& [id, u] : known.by_id) all.push_back(shown(*u));
      return all;
    });
    s.on("private message",
         [&known](jf::socket from, std::string to, std::string text) { return deliver(known, from, to, text); });
    s.on_disconnect([s, who = who] {
      if (--who->tabs == 0) s.broadcast().emit("user", shown(*who));
    });
  });

  io.stop_on_signals();
  const auto port = io.listen("127.0.0.1", static_cast<std::uint16_t>(argc > 1 ? std::stoi(argv[1]) : 3000));
  std::cout << "READY " << port << std::endl;
  io.run();
}
