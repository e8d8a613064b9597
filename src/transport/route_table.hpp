// route_table: the plain HTTP and WebSocket routes of a server (include/jackfield/routes.hpp).
// Filled before listening, then read by every worker.
#pragma once

#include "net/http_connection.hpp"

#include <jackfield/routes.hpp>

#include <map>
#include <string>

namespace jackfield::transport {

class route_table final : public routes {
 public:
  void handle(std::string method, std::string path, http_handler h) override;
  void handle_prefix(std::string method, std::string prefix, http_handler h) override;
  void on_websocket(std::string path, websocket_options options, std::function<void(websocket)> h) override;

  /// Answers a request that is not the engine's: by its route, or 404, or 405.
  void serve(net::http_connection& c, std::string body);
  /// The same for an upgrade.
  void upgrade(net::http_connection& c);

 private:
  using by_method = std::map<std::string, http_handler, std::less<>>;
  struct ws_route {
    websocket_options options;
    net::ws_settings settings;
    std::function<void(websocket)> handler;
  };
  const by_method* find(std::string_view path) const;
  void run(net::http_connection& c, const http_handler& h, std::string body);

  std::map<std::string, by_method, std::less<>> exact_, prefixes_;
  std::map<std::string, ws_route, std::less<>> websockets_;
};

}  // namespace jackfield::transport
