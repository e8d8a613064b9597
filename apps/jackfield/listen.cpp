#include "listen.hpp"

#include "plain_values.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <csignal>
#include <string>
#include <string_view>
#include <utility>

namespace jackfield::app {
namespace {

class listener {
 public:
  explicit listener(const listen_options& o) : options_(o), answer_(arguments_of(o.answer)) {}

  int run() {
    const client io(context_, options_.talk.url, options_of(options_.talk));
    io.socket([this](client_socket s) { set_up(s); });
    signals_.async_wait([this](const boost::system::error_code& e, int) {
      if (!e) end(0);
    });
    context_.run();
    return status_;
  }

 private:
  void set_up(const client_socket& s) {
    s.on_connect([s] { complain("connected as " + s.id() + (s.recovered() ? ", nothing missed" : "")); });
    s.on_disconnect([this, s](disconnect_reason why) {
      complain("disconnected: " + std::string(name_of(why)));
      if (!s.active()) end(1);
    });
    s.on_connect_error([this, s](const connect_error& e) {
      complain("not connected: " + e.message + (e.data.is_null() ? std::string() : ' ' + to_json(to_plain(e.data))));
      if (!s.active()) end(1);
    });
    s.on_any([this](std::string_view name, const args& a, ack asked) { on_event(name, a, std::move(asked)); });
  }
  void on_event(std::string_view name, const args& a, ack asked) {
    const auto& wanted = options_.events;
    if (context_.stopped() || (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end())) return;
    print_line(object{{"event", name}, {"args", to_plain(a)}});
    if (options_.answers) asked(each_of{answer_});
    if (++heard_ == options_.count) end(0);
  }
  void end(int status) {
    if (context_.stopped()) return;
    status_ = status;
    context_.stop();
  }

  const listen_options& options_;
  const array answer_;
  std::uint64_t heard_ = 0;
  int status_ = 1;
  boost::asio::io_context context_;
  boost::asio::signal_set signals_{context_, SIGINT, SIGTERM};
};

}  // namespace

int listen(const listen_options& o) { return listener(o).run(); }

}  // namespace jackfield::app
