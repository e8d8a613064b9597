// Who is it? With a login, a cookie and sessions on the server, as Passport does it for Node. The browser sends the cookie along
// with every request to us, so the page writes no line for it; a log-out ends the user's connections at once.
//
//   await fetch("/login", { method: "POST", body: JSON.stringify({ name: "ada", password: "engine" }) });
//   const socket = io();                                 // the cookie comes along
//   console.log(await socket.emitWithAck("who am i"));   // "ada"
//   await fetch("/logout", { method: "POST" });          // the socket is gone
#include <jackfield/json.hpp>
#include <jackfield/server.hpp>

#include <openssl/crypto.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <string_view>

namespace jf = jackfield;
using namespace std::chrono_literals;
using deadline = std::chrono::steady_clock::time_point;

constexpr auto session_time = 24h;
constexpr std::size_t most_sessions = 10'000;

struct credentials {
  std::string name, password;
};
BOOST_DESCRIBE_STRUCT(credentials, (), (name, password))

/// A real one asks a database that has salted hashes (Argon2), from another thread: a reply may be sent from there.
bool are_right(const credentials& c) {
  static const std::map<std::string, std::string, std::less<>> passwords{{"ada", "engine"}, {"grace", "compiler"}};
  const auto at = passwords.find(c.name);
  return at != passwords.end() && at->second.size() == c.password.size() &&
         CRYPTO_memcmp(at->second.data(), c.password.data(), c.password.size()) == 0;
}

struct session {
  std::string user;
  deadline ends;
};

/// Of the server's thread alone.
class session_store {
 public:
  /// The id, 128 bits that nobody guesses; empty: there are too many.
  std::string open(const std::string& user) {
    std::erase_if(open_, [](const auto& s) { return s.second.ends <= std::chrono::steady_clock::now(); });
    if (open_.size() == most_sessions) return {};
    std::random_device entropy;
    char id[33];
    std::snprintf(id, sizeof id, "%08x%08x%08x%08x", entropy(), entropy(), entropy(), entropy());
    open_[id] = {user, std::chrono::steady_clock::now() + session_time};
    return id;
  }
  /// Null: unknown, or over.
  const session* find(std::string_view id) const {
    const auto at = open_.find(id);
    return at == open_.end() || at->second.ends <= std::chrono::steady_clock::now() ? nullptr : &at->second;
  }
  void close(const std::string& id) { open_.erase(id); }

 private:
  std::map<std::string, session, std::less<>> open_;
};

/// The value of the cookie "session", as in `theme=dark; session=4f…`; empty when there is none.
std::string_view session_cookie(const jf::http_head& request) {
  constexpr std::string_view name = "session=";
  for (auto rest = request.header("cookie"); !rest.empty();) {
    const auto pair = rest.substr(0, rest.find(';'));
    if (pair.starts_with(name)) return pair.substr(name.size());
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(' ')));
  }
  return {};
}

int main(int argc, char** argv) {
  session_store sessions;
  jf::server io;

  // No script reads the cookie (HttpOnly), no other site sends it (SameSite). Behind TLS add "; Secure".
  const auto cookie = [](const std::string& value, std::chrono::seconds age) {
    return "session=" + value + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(age.count());
  };
  io.http().post("/login", [&](const jf::http_request& request, jf::http_reply reply) {
    const auto c = jf::from_json<credentials>(request.body());
    if (!c) return reply.status(400).send(c.error().text);
    if (!are_right(*c)) return reply.status(401).send("wrong name or password");
    const auto id = sessions.open(c->name);
    if (id.empty()) return reply.status(503).send("too many sessions");
    reply.status(204).header("Set-Cookie", cookie(id, session_time)).send();
  });
  io.http().post("/logout", [&](const jf::http_request& request, jf::http_reply reply) {
    const std::string id(session_cookie(request.head()));
    if (sessions.find(id) != nullptr) io.in("session:" + id).disconnect_sockets(true);
    sessions.close(id);
    reply.status(204).header("Set-Cookie", cookie("", 0s)).send();
  });

  // Strangers are turned away before anything is kept for them. Only at the handshake, the request without a sid: who logs out
  // over polling still has to fetch the news that it was disconnected.
  io.use_engine([&](const jf::http_request& request, jf::http_reply reply, jf::engine_next next) {
    const bool handshake = !request.head().query("sid");
    if (handshake && sessions.find(session_cookie(request.head())) == nullptr) return reply.status(401).send("not logged in");
    next({});
  });

  io.use([&](jf::socket s) {
    const std::string id(session_cookie(s.handshake().request));
    const auto* mine = sessions.find(id);
    if (mine == nullptr) throw jf::refuse("not logged in");  // logged out meanwhile
    s.data<std::string>() = mine->user;
    s.join("session:" + id);
  });
  io.on_connection([](jf::socket s) { s.on("who am i", [](jf::socket who) { return who.data<std::string>(); }); });

  io.stop_on_signals();
  const auto port = io.listen("127.0.0.1", static_cast<std::uint16_t>(argc > 1 ? std::stoi(argv[1]) : 3000));
  std::cout << "READY " << port << std::endl;
  io.run();
}
