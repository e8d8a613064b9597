#include "driver.hpp"

#include "../jackfield/plain_values.hpp"
#include "opening.hpp"

#include <cstdio>
#include <stdexcept>
#include <utility>

namespace driver {
namespace {

namespace jf = jackfield;
using std::chrono::milliseconds;

std::string text(const jf::value& c, const char* key) { return std::string(c[key].text_or({})); }

jf::array list(const jf::value& c, const char* key) {
  const auto v = jf::app::from_plain(c[key]);
  const auto* all = v.if_array();
  return all != nullptr ? *all : jf::array();
}

}  // namespace

void say(jf::object line) {
  static std::mutex one_at_a_time;
  const auto out = to_json(std::move(line)) + '\n';
  const std::lock_guard lock(one_at_a_time);
  std::fwrite(out.data(), 1, out.size(), stdout);
  std::fflush(stdout);
}

struct driver::plug {
  /// What is known of an event that comes, and its answer.
  void on_any(std::string_view event, const jf::args& a, jf::ack answer) {
    jf::object line{{"ev", "event"},
                    {"sock", name},
                    {"name", event},
                    {"args", jf::app::to_plain(a)},
                    {"wantsAck", static_cast<bool>(answer)}};
    if (!answer) return say(std::move(line));
    const std::lock_guard lock(mutex);
    line.append("n", ++asked);
    say(std::move(line));
    const auto known = replies.find(event);
    if (known != replies.end()) return answer(jf::each_of{known->second});
    asking.emplace(asked, std::move(answer));
  }

  std::string name;
  std::optional<jf::client_socket> socket;
  jf::client* client = nullptr;
  std::mutex mutex;
  std::map<std::string, jf::array, std::less<>> replies;  // guarded by mutex, like the next ones
  std::map<std::uint64_t, jf::ack> asking;                // events that wait for an "answer"
  std::uint64_t asked = 0;
};

driver::driver() {
  jf::array features;
  for (const char* each : {"polling", "websocket", "upgrade", "tryAllTransports", "tls", "binary", "volatile", "ackTimeout",
                           "retries", "recovery", "managerEvents", "authFunction", "extraHeaders"})
    features.emplace_back(each);
  say({{"ev", "hello"}, {"name", "jackfield"}, {"features", std::move(features)}});
}

driver::~driver() = default;

bool driver::obey(const jf::value& c) {
  const auto command = text(c, "cmd");
  if (command == "exit") return false;
  if (command == "open")
    open(c);
  else if (command == "connect")
    at(c).socket->connect();
  else if (command == "disconnect")
    at(c).socket->disconnect();
  else if (command == "emit")
    emit(c);
  else if (command == "reply")
    reply(c);
  else if (command == "answer")
    answer(c);
  else if (command == "auth")
    at(c).socket->auth(jf::client_auth(jf::app::from_plain(c["auth"])));
  else if (command == "state")
    state(c);
  else
    throw std::invalid_argument("there is no command \"" + command + '"');
  return true;
}

driver::plug& driver::at(const jf::value& c) {
  const auto found = plugs_.find(text(c, "sock"));
  if (found == plugs_.end()) throw std::invalid_argument("there is no socket \"" + text(c, "sock") + '"');
  return *found->second;
}

jf::client& driver::client_for(const std::string& name, const jf::value& c) {
  const auto known = clients_.find(name);
  if (known != clients_.end()) return known->second;
  auto& made = clients_.try_emplace(name, loop_, text(c, "url"), connection_options(c["opts"])).first->second;
  listen_to(made, name);
  return made;
}

void driver::open(const jf::value& c) {
  const auto name = text(c, "sock");
  const auto& manager = c["manager"];
  auto& client = client_for(manager.is_string() ? text(c, "manager") : name, c);
  const auto p = std::make_shared<plug>();
  p->name = name;
  p->client = &client;
  plugs_[name] = p;
  const auto& nsp = c["nsp"];
  p->socket =
      client.socket(nsp.is_string() ? nsp.text_or({}) : "/", socket_options(name, c["opts"]), [p, name](jf::client_socket s) {
        s.on_connect([s, name] { say({{"ev", "connect"}, {"sock", name}, {"id", s.id()}, {"recovered", s.recovered()}}); });
        s.on_disconnect([s, name](jf::disconnect_reason why) {
          say({{"ev", "disconnect"}, {"sock", name}, {"reason", name_of(why)}, {"active", s.active()}});
        });
        s.on_connect_error([s, name](const jf::connect_error& e) {
          say({{"ev", "connect_error"},
               {"sock", name},
               {"message", e.message},
               {"data", jf::app::to_plain(e.data)},
               {"active", s.active()}});
        });
        s.on_any([p](std::string_view event, const jf::args& a, jf::ack answer) { p->on_any(event, a, std::move(answer)); });
      });
}

void driver::emit(const jf::value& c) {
  const auto& p = at(c);
  const auto event = text(c, "event");
  const auto arguments = list(c, "args");
  auto to = p.socket->compress(true);
  if (c["timeout"].is_number()) to = to.timeout(milliseconds(static_cast<milliseconds::rep>(c["timeout"].number_or(0))));
  if (c["volatile"].bool_or(false)) to = to.volatile_();
  if (c["ack"].is_null()) {
    to.emit(event, jf::each_of{arguments});
    return;
  }
  const jf::object heard{{"ev", "ack"}, {"sock", p.name}, {"tag", c["ack"]}};
  to.emit(event, jf::each_of{arguments}, [heard](jf::error e, const jf::args& a) {
    auto line = heard;
    e ? line.append("error", e.text) : line.append("args", jf::app::to_plain(a));
    say(std::move(line));
  });
}

void driver::reply(const jf::value& c) {
  auto& p = at(c);
  const std::lock_guard lock(p.mutex);
  p.replies[text(c, "event")] = list(c, "args");
}

void driver::answer(const jf::value& c) {
  auto& p = at(c);
  const std::lock_guard lock(p.mutex);
  const auto which = p.asking.find(static_cast<std::uint64_t>(c["n"].number_or(0)));
  if (which == p.asking.end()) throw std::invalid_argument("nobody waits for this answer");
  which->second(jf::each_of{list(c, "args")});
  p.asking.erase(which);
}

/// Asked on the loop, so that all that was asked for before is done.
void driver::state(const jf::value& c) {
  const auto& p = at(c);
  p.client->post([s = *p.socket, client = p.client, sock = c["sock"], tag = c["tag"]] {
    const auto id = s.id();
    const auto transport = client->transport();
    say({{"ev", "state"},
         {"sock", sock},
         {"tag", tag},
         {"connected", s.connected()},
         {"active", s.active()},
         {"id", id.empty() ? jf::value() : jf::value(id)},
         {"recovered", s.recovered()},
         {"transport", transport.empty() ? jf::value() : jf::value(transport)}});
  });
}

}  // namespace driver
