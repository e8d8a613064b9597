// http_connection: HTTP/1.1 spoken on a stream: one request at a time, keep-alive, pipelining, deadlines
// (S1-S6). Requests go to the http_service; answers come back through respond(), now or later.
// Owner: itself while its stream is open, and whoever holds a ref (a parked poll). Thread: the worker's.
#pragma once

#include "base/function.hpp"
#include "base/ref.hpp"
#include "net/stream.hpp"
#include "net/ws_connection.hpp"
#include "wire/http_parser.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::net {

class http_connection;

enum class after_answer : std::uint8_t { keep_open, close };

/// One answer. Views are used during respond() only.
struct http_answer {
  int status = 200;
  std::string_view content_type = {};  // empty: no Content-Type
  std::string_view headers = {};       // further lines, each with its CRLF
  std::string_view body = {};
  const base::shared_bytes* shared = nullptr;  // the body by reference, instead of `body`
  after_answer then = after_answer::keep_open;
};

/// Who answers requests.
class http_service {
 public:
  /// The head is there, a body may follow. The service may answer already, or set a body limit.
  virtual void on_head(http_connection&) = 0;
  /// The request is whole.
  virtual void on_request(http_connection&, std::string body) = 0;
  /// The request is whole and asks for an upgrade to WebSocket.
  virtual void on_upgrade(http_connection&) = 0;
  /// The parser refused what arrived; the connection answers by itself. For counters.
  virtual void on_refused(http_connection&, int status) = 0;

 protected:
  ~http_service() = default;
};

/// Whoever waits with a request must hear when its connection goes.
class request_watcher {
 public:
  enum class gone : std::uint8_t {
    lost,     // the connection ended before the answer
    refused,  // somebody else answered: a limit, the grammar, a middleware
  };
  virtual void on_request_gone(http_connection&, gone why) = 0;

 protected:
  ~request_watcher() = default;
};

/// Shared by all connections of a server; outlives them.
struct http_settings {
  wire::http_limits limits;
  std::chrono::milliseconds first_byte{10000}, header_time{10000}, body_time{30000}, keep_alive{5000}, write_stall{30000};
};

class http_connection final : public base::ref_counted<http_connection>, stream_handler {
 public:
  /// `remote`: the peer's IP address; empty: the stream is asked when somebody wants to know.
  http_connection(std::unique_ptr<stream> s, http_service& service, const http_settings& settings, std::string remote = {});
  ~http_connection();
  void start();
  /// The answer to the next request is the end of the connection.
  void serve_one_request() noexcept { retired_ = true; }

  bool open() const noexcept { return stream_ != nullptr; }
  worker& on() const noexcept { return *worker_; }
  /// Null: there is no request. Also after upgrade().
  const http_head_ref& head() const noexcept { return parser_.head(); }
  const std::string& remote_address();
  /// A request waits for its answer.
  bool waiting() const noexcept { return phase_ == phase::answering; }
  /// The body of the current request may be this long. From on_head.
  void limit_body(std::size_t bytes) noexcept { parser_.set_body_limit(bytes); }
  /// Hears of the end of the current request; null: nobody.
  void watch(request_watcher* w) noexcept { watcher_ = w; }

  /// Answers the current request. Ignored when there is none (the peer went).
  void respond(const http_answer& a);
  /// Answers an upgrade request with 101 and hands the stream over; null when the peer went. `headers` are
  /// further lines. The caller start()s the result with early().
  base::ref<ws_connection> upgrade(const ws_settings& settings, std::string_view accept_key, std::string_view headers,
                                   const wire::deflate_params* agreed);
  /// Bytes that came behind the upgrade request.
  std::string early();
  using arrival_fn = base::unique_function<void(http_connection&)>;
  /// Goes on at another worker, where `arrived` is called, on its thread; not when the peer is gone by then. From on_head
  /// (then resume_at_head() is due there), or while a request waits for its answer. REQUIRES: nobody watches the request.
  void move_to(worker& there, http_service& service, arrival_fn arrived);
  /// The head is told again, to the service there, then what came behind it.
  void resume_at_head();
  bool moving() const noexcept { return moving_; }
  /// Ends without an answer (a reset as the reference does for overlapping requests).
  void drop();

 private:
  enum class phase : std::uint8_t { idle, head, body, answering, done };
  void on_data(std::span<char> data) override;
  void on_end(stream_end how) override;
  void on_retire(retirement r) override;
  void feed(std::string_view input);
  bool step();
  void depart(worker& there, http_service& service, arrival_fn arrived);
  void head_complete();
  void request_complete();
  void refuse(int status, std::string_view text);
  void next_request();
  void enter(phase p, std::chrono::milliseconds deadline);
  void time_input();
  void on_deadline();
  void tell_watcher(request_watcher::gone why);
  void finish();

  worker* worker_;
  std::unique_ptr<stream> stream_;
  http_service* service_;
  const http_settings& settings_;
  request_watcher* watcher_ = nullptr;
  wire::http_parser parser_;
  std::string_view rest_;  // input of this call that is not used yet
  std::string pending_;    // input behind the request in work
  std::string remote_;
  base::member_timer<http_connection, &http_connection::on_deadline> deadline_{*this};
  base::ref<http_connection> self_;
  std::unique_ptr<arrival_fn> arrived_;  // null: it is not about to go on here
  phase phase_ = phase::idle;
  phase timed_ = phase::idle;  // the last that the deadline was set for
  bool retired_ = false, feeding_ = false, body_expected_ = false, moving_ = false;
};

}  // namespace jackfield::net
