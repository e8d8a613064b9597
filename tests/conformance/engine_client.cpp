// The Engine.IO client as a program that engine_client_test.mjs steers: lines in, lines out.
//
//   engine_client PORT [--transports polling,websocket] [--try-all] [--credentials] [--ca FILE] [--base64] [--proxy URL]
//   in:  send TEXT | binary HEX | close | connect          out: open KIND SID | upgrade | upgrade-error WHY | text TEXT |
//        binary HEX | close REASON: DESCRIPTION | sent ok/refused
#include "base/ref.hpp"
#include "engine/client_session.hpp"
#include "net/worker.hpp"
#include "transport/client_dialer.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace jackfield;

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}
std::string unhex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  return out;
}

class program final : public engine::session_listener {
 public:
  program(const transport::dial_options& dials, const engine::client_session_options& options)
      : dialer_(w, dials), options_(options) {}

  void run() {
    std::thread reader([this] {
      for (std::string line; std::getline(std::cin, line);) w.post([this, line] { obey(line); });
      w.post([this] { w.leave(); });
    });
    w.run();
    reader.join();
    if (s_) s_->set_listener(nullptr);
  }

 private:
  void obey(const std::string& line) {
    const auto space = line.find(' ');
    const auto word = line.substr(0, space);
    const auto rest = space == std::string::npos ? std::string() : line.substr(space + 1);
    if (word == "connect") return connect();
    if (!s_) return say("no session");
    if (word == "send") return send(protocol::payload_kind::text, rest);
    if (word == "binary") return send(protocol::payload_kind::binary, unhex(rest));
    if (word == "close") s_->close();
  }
  void connect() {
    if (s_) s_->set_listener(nullptr);
    s_ = base::make_ref<engine::client_session>(w, dialer_, options_, &memory_);
    s_->set_listener(this);
    s_->connect();
  }
  void send(protocol::payload_kind kind, std::string_view data) {
    const engine::message_view m{kind, data};
    if (!s_->send({&m, 1}, {.compress = engine::compression::allowed}).accepted) say("refused");
  }

  void on_open(engine::session& s) override {
    say("open " + std::string(engine::name_of(s.road()->kind())) + ' ' + std::string(s.id()));
  }
  void on_upgrade(engine::session&, engine::transport_kind) override { say("upgrade"); }
  void on_upgrade_error(engine::session&, std::string_view why) override { say("upgrade-error " + std::string(why)); }
  void on_message(engine::session&, protocol::payload_kind kind, std::string_view data) override {
    say(kind == protocol::payload_kind::text ? "text " + std::string(data) : "binary " + hex(data));
  }
  void on_close(engine::session&, engine::close_reason why, std::string_view text) override {
    say("close " + std::string(name_of(why)) + ": " + std::string(text));
  }

  net::worker w;
  transport::client_dialer dialer_;
  engine::client_session_options options_;
  engine::remembered_road memory_;
  engine::client_session_ref s_;
};

std::vector<engine::transport_kind> kinds(const std::string& list) {
  std::vector<engine::transport_kind> out;
  for (std::size_t at = 0; at < list.size();) {
    const auto end = std::min(list.find(',', at), list.size());
    out.push_back(list.substr(at, end - at) == "polling" ? engine::transport_kind::polling : engine::transport_kind::websocket);
    at = end + 1;
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) return std::fputs("engine_client PORT [OPTION…]\n", stderr), 2;
  transport::dial_options dials{.host = "127.0.0.1", .path = "/engine.io"};
  dials.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  engine::client_session_options options;
  for (int i = 2; i < argc; ++i) {
    const std::string option = argv[i];
    const auto value = [&] { return ++i < argc ? std::string(argv[i]) : std::string(); };
    if (option == "--transports") options.transports = kinds(value());
    if (option == "--try-all") options.try_all_transports = true;
    if (option == "--credentials") dials.with_credentials = true;
    if (option == "--base64") dials.base64_only = true;
    if (option == "--proxy") dials.proxy = value();
    if (option == "--ca") {
      dials.secure = true;
      dials.tls.ca_file = value();
    }
  }
  program(dials, options).run();
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "engine_client: %s\n", e.what());
  return 1;
}
