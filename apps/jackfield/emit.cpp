#include "emit.hpp"

#include "plain_values.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <string>
#include <utility>

namespace jackfield::app {
namespace {

/// One event on its way.
class errand {
 public:
  explicit errand(const emit_options& o) : options_(o), arguments_(arguments_of(o.arguments)) {}

  int run() {
    auto how = options_of(options_.talk);
    how.reconnection = false;
    const client io(context_, options_.talk.url, std::move(how));
    const auto s = io.socket([this](client_socket c) {
      c.on_connect_error([this](const connect_error& e) { fail("not connected: " + e.message); });
      c.on_disconnect([this](disconnect_reason why) { fail("the connection has ended: " + std::string(name_of(why))); });
    });
    send(s);
    limit_.expires_after(
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(options_.seconds)));
    limit_.async_wait([this](const boost::system::error_code& e) {
      if (!e) fail("not done in time (--timeout)");
    });
    context_.run();
    return status_;
  }

 private:
  void send(const client_socket& s) {
    if (!options_.ack) {
      s.emit(options_.event, each_of{arguments_});
      return s.drained().then([this](const result<void>& r) { r ? end(0) : fail(r.error().text); });
    }
    s.emit(options_.event, each_of{arguments_}, [this](error e, const args& answer) {
      if (e) return fail("no answer: " + e.text);
      print_line(to_plain(answer));
      end(0);
    });
  }
  void fail(const std::string& why) {
    if (context_.stopped()) return;
    complain(why);
    end(1);
  }
  void end(int status) {
    status_ = status;
    context_.stop();
  }

  const emit_options& options_;
  const array arguments_;
  int status_ = 1;
  boost::asio::io_context context_;
  boost::asio::steady_timer limit_{context_};
};

}  // namespace

int emit(const emit_options& o) { return errand(o).run(); }

}  // namespace jackfield::app
