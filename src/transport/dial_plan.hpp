// dial_plan: dial_options made ready: checked, and the parts of requests that are always the same put together. Shared by the
// dialer and its roads, which may outlive it by a goodbye. Thread: the worker's, once made.
#pragma once

#include "net/http_caller.hpp"
#include "net/opener.hpp"
#include "net/ws_connection.hpp"
#include "transport/dial_options.hpp"
#include "wire/cookie_jar.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace jackfield::transport {

struct dial_plan {
  /// Throws std::invalid_argument, tls_error.
  explicit dial_plan(dial_options o);

  /// "GET /socket.io/?EIO=4&transport=polling&t=…&sid=… HTTP/1.1" and the headers, up to where a request adds its own.
  std::string head(std::string_view method, std::string_view transport, std::string_view sid);
  /// The same for a road's every request but the first part.
  std::string target(std::string_view transport, std::string_view sid) const;
  /// Takes the cookies of an answer, if they are wanted.
  void take_cookies(const wire::http_reply& reply);

  dial_options options;
  bool forwards() const noexcept { return to_poll.use == net::route::proxy_use::forward; }
  net::route to;       // of WebSockets
  net::route to_poll;  // of plain requests: a proxy that needs no TLS to the host forwards them
  wire::http_reply_limits reply_limits;
  std::shared_ptr<const net::ws_settings> ws;
  std::string path;           // with its slash, or without
  std::string fixed_query;    // the user's, and EIO=4
  std::string fixed_headers;  // Host, User-Agent, Accept, extra_headers
  std::string origin;         // "http://host:port" where requests are forwarded by a proxy, else empty
  bool own_cookie = false;    // extra_headers have a Cookie line
  wire::cookie_jar jar;
};

using dial_plan_ref = std::shared_ptr<dial_plan>;

}  // namespace jackfield::transport
