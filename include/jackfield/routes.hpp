// Plain HTTP beside the realtime endpoint: an application serves its pages, health checks and hooks from the
// same port. Also bare WebSocket routes, without Engine.IO.
#pragma once

#include <jackfield/bytes.hpp>
#include <jackfield/http.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield {

/// A request with its body. Cheap to copy; may be kept and read on any thread.
class http_request {
 public:
  /// The library's; also for tests of handlers. `body`: null for none.
  http_request(http_head_ref head, std::shared_ptr<const std::string> body, std::string remote_address)
      : head_(std::move(head)), body_(std::move(body)), remote_(std::move(remote_address)) {}
  const http_head& head() const noexcept { return *head_; }             // the request line and the headers
  const http_head_ref& head_ref() const noexcept { return head_; }      // the same, to keep
  std::string_view method() const noexcept { return head_->method(); }  // "GET", "POST", …
  /// The target up to '?', not decoded.
  std::string_view path() const noexcept { return head_->path(); }
  std::string_view body() const noexcept { return body_ ? std::string_view(*body_) : std::string_view(); }  // empty: none
  /// "127.0.0.1", "::1": the peer of the TCP connection.
  const std::string& remote_address() const noexcept { return remote_; }

 private:
  http_head_ref head_;
  std::shared_ptr<const std::string> body_;
  std::string remote_;
};

/// The answer to one request: a handle that may be kept and used on any thread. The first send() counts,
/// later ones are ignored; a reply that is dropped unsent answers 500.
class http_reply {
 public:
  struct core;                                                                    // the library's
  explicit http_reply(std::shared_ptr<core> c) noexcept : core_(std::move(c)) {}  // the library's

  /// The status code, 200 to 599; 200 unless set. Throws std::invalid_argument beyond.
  http_reply& status(int code);
  /// Adds a header line. Throws std::invalid_argument when name or value could break out of the line.
  http_reply& header(std::string_view name, std::string_view value);
  /// Sends. content_type empty: none is sent.
  void send(std::string_view body = {}, std::string_view content_type = "text/plain; charset=utf-8");
  bool sent() const noexcept;  // whether send() was called

 private:
  std::shared_ptr<core> core_;
};

/// May throw: the client gets 500 and the error hook hears of it.
using http_handler = std::function<void(const http_request&, http_reply)>;

/// A bare WebSocket (no Engine.IO). A handle; the functions may be called from any thread, the callbacks come on
/// the worker's. The connection lives until closed, also when no handle is left.
class websocket {
 public:
  struct core;                                                                   // the library's
  explicit websocket(std::shared_ptr<core> c) noexcept : core_(std::move(c)) {}  // the library's

  void on_text(std::function<void(std::string_view)> f);  // each text message, which is valid UTF-8
  void on_binary(std::function<void(bytes_view)> f);      // each binary message
  /// Once: the peer's close code (1005: none given, 1006: it just went).
  void on_close(std::function<void(std::uint16_t code, std::string_view reason)> f);
  void send_text(std::string_view text);  // must be valid UTF-8
  void send_binary(bytes_view data);      // one binary message
  /// Begins the closing handshake: what was sent goes out first. `reason`: UTF-8, at most 123 bytes. Throws
  /// std::invalid_argument for a code that may not be sent.
  void close(std::uint16_t code = 1000, std::string_view reason = {});

 private:
  std::shared_ptr<core> core_;
};

struct websocket_options {                         // how one path takes WebSockets
  std::size_t max_message_bytes = 1'000'000;       // more -> close code 1009
  bool deflate = false;                            // permessage-deflate when the client offers it
  std::size_t deflate_threshold_bytes = 1024;      // smaller messages are sent as they are
  std::function<bool(const http_head&)> accept{};  // false: 403; empty: every request from our own origin
};

/// The routes of a server. Register before listen(). Exact paths first, then the longest prefix; HEAD is answered by GET's.
class routes {
 public:
  /// Requests of this method for exactly this path, which begins with '/': else std::invalid_argument. The last call for both
  /// counts.
  virtual void handle(std::string method, std::string path, http_handler h) = 0;
  /// Everything below `prefix` (which ends with '/').
  virtual void handle_prefix(std::string method, std::string prefix, http_handler h) = 0;
  /// WebSockets of exactly this path; `h` is called on the worker for each, before its first message. Throws as handle() does.
  virtual void on_websocket(std::string path, websocket_options options, std::function<void(websocket)> h) = 0;
  void get(std::string path, http_handler h) { handle("GET", std::move(path), std::move(h)); }    // handle("GET", …)
  void post(std::string path, http_handler h) { handle("POST", std::move(path), std::move(h)); }  // handle("POST", …)

 protected:
  ~routes() = default;
};

}  // namespace jackfield
