// A line for everything that happens: who comes and goes, what is said in both directions, what is refused and what fails.
// Strangers choose names and texts, so these are written as JSON: no line of the log can be forged with a line break, no terminal
// be steered. What was said stays unsaid: sizes are logged, not contents.
#include <jackfield/server.hpp>

#include <chrono>
#include <iostream>
#include <sstream>
#include <string>

namespace jf = jackfield;

template <class... T>
void log(const T&... parts) {
  std::ostringstream line;
  line << std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  ((line << ' ' << parts), ...);
  std::cout << line.str() + "\n" << std::flush;
}

std::string quoted(std::string_view text) { return jf::to_json(jf::value(text.substr(0, 100))); }

std::string sizes(const jf::args& all) {
  std::size_t json = 0, binary = 0;
  for (const auto& a : all) json += a.json().size();
  for (const auto& b : all.attachments()) binary += b.size();
  return std::to_string(all.size()) + " arguments, " + std::to_string(json) + "+" + std::to_string(binary) + " bytes";
}

std::string text_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "no std::exception";
  }
}

/// Everything of one socket.
void log_socket(const jf::socket& s) {
  const std::string id(s.id().substr(0, 6));  // enough to tell them apart
  const auto came = std::chrono::steady_clock::now();
  const auto shake = s.handshake();
  log(id, "came from", shake.address, "over", s.conn().transport(), "agent", quoted(shake.header("user-agent")));
  s.on_any([id](std::string_view event, const jf::args& a) { log(id, "->", quoted(event), sizes(a)); });
  s.on_any_outgoing([id](std::string_view event, const jf::args& a) { log(id, "<-", quoted(event), sizes(a)); });
  s.on_error([id](const jf::error& e) { log(id, "refused:", quoted(e.text)); });
  s.on_disconnect([id, came](jf::disconnect_reason why) {
    const auto stayed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - came);
    log(id, "left:", name_of(why), "after", stayed.count(), "ms");
  });
}

/// Everything else. Called first, so that its handlers run first.
void log_server(jf::server& io) {
  io.on_connection(log_socket);
  io.on_bad_event([](const jf::bad_event& b) { log(b.from.id().substr(0, 6), "bad", quoted(b.event), quoted(b.error.text)); });
  io.on_connection_error([](const jf::connection_error& e) { log("refused", quoted(e.request->target()), e.code, e.message); });
  io.on_fault([](const jf::fault& f) { log(f.socket_id.substr(0, 6), "failed in", quoted(f.where), quoted(text_of(f.thrown))); });
}

int main(int argc, char** argv) {
  jf::server io;
  log_server(io);

  io.on_connection([](jf::socket s) {
    s.emit("hello");
    s.use([](jf::event& e, jf::next next) { e.name() == "secret" ? next(jf::refuse("not for you")) : next(); });
    s.on("add", [](int a, int b) { return a + b; });
    s.on("repeat", [](jf::socket who, jf::arg what) { who.emit("repeated", what); });
    s.on("break", []() { throw std::runtime_error("this is broken"); });
  });

  io.stop_on_signals();
  const auto port = io.listen("127.0.0.1", static_cast<std::uint16_t>(argc > 1 ? std::stoi(argv[1]) : 3000));
  std::cout << "READY " << port << std::endl;
  io.run();
}
