// A guest in a program that has a loop of its own: an HTTP server on Boost.Beast, with Socket.IO beside it on the same io_context
// and the same thread. Handlers of both touch the same data without a lock: POST /announce on the program's port is an event for
// every socket, and GET /count says how many there are.
//
// asio_beast [PORT [HTTP-PORT]]: Socket.IO on PORT, the program's own HTTP on the other
#include <jackfield/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace jf = jackfield;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using namespace std::chrono_literals;

/// What the program was before: requests come to it, it answers.
class application {
 public:
  explicit application(jf::server& io) : io_(io) {
    io_.on_connection([this](jf::socket s) {
      s.emit("announcement", last_);
      s.on("announce", [this](std::string text) { announce(std::move(text)); });
    });
  }

  http::response<http::string_body> answer(const http::request<http::string_body>& request) {
    http::response<http::string_body> r{http::status::ok, request.version()};
    r.keep_alive(request.keep_alive());
    r.set(http::field::content_type, "text/plain; charset=utf-8");
    if (request.target() == "/announce" && request.method() == http::verb::post) {
      announce(request.body());
      r.result(http::status::no_content);
    } else if (request.target() == "/count" && request.method() == http::verb::get) {
      r.body() = std::to_string(io_.main().size());
    } else {
      r.result(http::status::not_found);
    }
    r.prepare_payload();
    return r;
  }

 private:
  void announce(std::string text) {
    last_ = std::move(text);
    io_.emit("announcement", last_);
  }
  jf::server& io_;
  std::string last_;
};

/// One connection of the program's own HTTP server.
class session : public std::enable_shared_from_this<session> {
 public:
  session(tcp::socket s, application& app) : stream_(std::move(s)), app_(app) { open.insert(this); }
  ~session() { open.erase(this); }
  static void cancel_all() {
    for (auto* s : open) s->stream_.cancel();  // what they wait for ends with an error, later
  }

  void read() {
    parser_.emplace();
    parser_->body_limit(16 * 1024);
    stream_.expires_after(30s);
    http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](beast::error_code e, std::size_t) {
      if (!e) self->write();
    });
  }

 private:
  void write() {
    response_ = app_.answer(parser_->get());
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code e, std::size_t) {
      if (!e && self->response_.keep_alive()) self->read();
    });
  }

  static inline std::set<session*> open;
  beast::tcp_stream stream_;
  application& app_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

void accept(tcp::acceptor& door, application& app) {
  door.async_accept([&](beast::error_code e, tcp::socket s) {
    if (e == asio::error::operation_aborted) return;
    if (!e) std::make_shared<session>(std::move(s), app)->read();
    accept(door, app);
  });
}

int main(int argc, char** argv) {
  const auto port_at = [&](int i, int otherwise) {
    return static_cast<std::uint16_t>(argc > i ? std::stoi(argv[i]) : otherwise);
  };

  asio::io_context context(1);  // outlives its guest
  jf::server io(context);
  application app(io);

  tcp::acceptor door(context, {asio::ip::make_address("127.0.0.1"), port_at(2, 3001)});
  accept(door, app);

  // Signals are the program's, as before. stop() ends the guest when its clients were told; then the loop has nothing left to do.
  asio::signal_set signals(context, SIGINT, SIGTERM);
  signals.async_wait([&](beast::error_code, int) {
    door.close();
    session::cancel_all();
    io.stop();
  });

  const auto port = io.listen("127.0.0.1", port_at(1, 3000));
  std::cout << "READY " << port << " " << door.local_endpoint().port() << std::endl;
  context.run();
}
