// Who is it? With a JSON Web Token, signed here (HS256, RFC 7515) or by anybody who knows the same secret: nothing is kept on the
// server. The client shows it with the CONNECT packet; when it runs out, so does the connection.
//
//   const { token } = await (await fetch("/login", { method: "POST", body: JSON.stringify({ name, password }) })).json();
//   const socket = io({ auth: { token } });
//
// The secret is the environment's JWT_SECRET, 32 bytes or more; without it a random one, so that tokens end with the program.
#include <jackfield/json.hpp>
#include <jackfield/server.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace jf = jackfield;

struct credentials {
  std::string name, password;
};
BOOST_DESCRIBE_STRUCT(credentials, (), (name, password))

struct claims {
  std::string sub;       // who
  std::int64_t exp = 0;  // until when, in seconds since 1970
};
BOOST_DESCRIBE_STRUCT(claims, (), (sub, exp))

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

const unsigned char* chars(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

bool same(std::string_view a, std::string_view b) {  // takes as long wherever they differ
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// base64url without padding (RFC 4648).
std::string encoded(std::string_view data) {
  std::string out((data.size() + 2) / 3 * 4 + 1, '=');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), chars(data), static_cast<int>(data.size()));
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  return out.substr(0, (data.size() * 4 + 2) / 3);
}
std::optional<std::string> decoded(std::string_view text) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; };
  if (text.size() % 4 == 1 || !std::all_of(text.begin(), text.end(), allowed)) return {};
  std::string in(text);
  std::replace(in.begin(), in.end(), '-', '+');
  std::replace(in.begin(), in.end(), '_', '/');
  in.resize((in.size() + 3) / 4 * 4, '=');
  std::string out(in.size() / 4 * 3, '\0');
  if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), chars(in), static_cast<int>(in.size())) < 0) return {};
  out.resize(text.size() * 3 / 4);
  return out;
}

class token_signer {
 public:
  explicit token_signer(std::string secret) : secret_(std::move(secret)) {}

  std::string sign(const claims& c) const {
    const auto head = encoded(R"({"alg":"HS256","typ":"JWT"})") + "." + encoded(jf::to_json(jf::to_value(c)));
    return head + "." + signature(head);
  }
  /// Nothing: not a token, of another algorithm ("none" is one), not signed with our secret, or over.
  std::optional<claims> verify(std::string_view token) const {
    const auto first = token.find('.'), last = token.rfind('.');
    if (token.size() > 4096 || first == last) return {};
    if (!same(token.substr(last + 1), signature(token.substr(0, last)))) return {};
    const auto head = decoded(token.substr(0, first)), body = decoded(token.substr(first + 1, last - first - 1));
    if (!head || !body) return {};
    const auto kind = jf::from_json(*head);
    if (!kind || (*kind)["alg"].text_or("") != "HS256") return {};
    const auto c = jf::from_json<claims>(*body);
    if (!c || c->exp <= now()) return {};
    return *c;
  }

 private:
  std::string signature(std::string_view of) const {
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), chars(of), of.size(), mac, &size);
    return encoded({reinterpret_cast<const char*>(mac), size});
  }
  std::string secret_;
};

std::string secret() {
  if (const char* given = std::getenv("JWT_SECRET")) return given;
  std::string random(32, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), 32) != 1) throw std::runtime_error("no random numbers");
  return random;
}

/// A real one asks a database that has salted hashes (Argon2), from another thread: a reply may be sent from there.
bool are_right(const credentials& c) {
  static const std::map<std::string, std::string, std::less<>> passwords{{"ada", "engine"}, {"grace", "compiler"}};
  const auto at = passwords.find(c.name);
  return at != passwords.end() && same(at->second, c.password);
}

int main(int argc, char** argv) {
  const token_signer signer(secret());
  const std::int64_t lifetime = argc > 2 ? std::atoi(argv[2]) : 3600;  // seconds
  jf::server io;

  io.http().post("/login", [&](const jf::http_request& request, jf::http_reply reply) {
    const auto c = jf::from_json<credentials>(request.body());
    if (!c) return reply.status(400).send(c.error().text);
    if (!are_right(*c)) return reply.status(401).send("wrong name or password");
    const jf::value answer(jf::object{{"token", signer.sign({c->name, now() + lifetime})}});
    reply.header("Cache-Control", "no-store").send(jf::to_json(answer), "application/json");
  });

  io.use([&signer](jf::socket s) {
    const auto c = signer.verify(s.handshake().auth["token"].text_or(""));
    if (!c) throw jf::refuse("not authorized", jf::object{{"code", "bad_token"}});
    s.data<claims>() = *c;
  });
  io.on_connection([&io](jf::socket s) {
    const std::chrono::seconds left(std::min<std::int64_t>(s.data<claims>().exp - now(), 86'400));
    io.after(left, [s] { s.disconnect(true); });  // the client gets a fresh token and comes again
    s.on("who am i", [](jf::socket who) { return who.data<claims>().sub; });
  });

  io.stop_on_signals();
  const auto port = io.listen("127.0.0.1", static_cast<std::uint16_t>(argc > 1 ? std::stoi(argv[1]) : 3000));
  std::cout << "READY " << port << std::endl;
  io.run();
}
