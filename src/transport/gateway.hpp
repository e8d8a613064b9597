// gateway: where HTTP meets Engine.IO: decides what each request is for, verifies it (protocol.md 1.3),
// opens sessions, brings requests to the road of theirs, and answers refusals from the one error table.
// Owner: the frontend. Thread: the worker's.
#pragma once

#include "engine/registry.hpp"
#include "engine/session.hpp"
#include "engine/verify.hpp"
#include "net/http_connection.hpp"
#include "net/memory.hpp"
#include "net/worker.hpp"
#include "transport/answers.hpp"
#include "transport/frame_cache.hpp"
#include "transport/gateway_group.hpp"
#include "transport/polling_transport.hpp"
#include "transport/route_table.hpp"

#include <jackfield/engine.hpp>
#include <jackfield/options.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace jackfield::transport {

/// The floor above: gets each new session before any of its packets.
class session_sink {
 public:
  /// May one more session be opened? (S24)
  virtual bool has_room() noexcept { return true; }
  virtual void on_session(engine::session& s) = 0;

 protected:
  ~session_sink() = default;
};

class admission;

class gateway final : public net::http_service {
 public:
  /// Of the next worker of `group`. All references outlive the gateway.
  gateway(net::worker& w, const engine_options& options, const engine_hooks& hooks, route_table& routes, session_sink& sink,
          gateway_group& group);
  ~gateway();

  /// Takes a connected descriptor over. `from`: the peer's IP address; an empty one is asked for when it is needed.
  void accept(int fd, std::string from = {});
  /// Takes a stream over whose TLS handshake is done.
  void accept(std::unique_ptr<net::stream> s, std::string from = {});
  /// There are as many connections as there may be: `fd` is closed, and counted.
  bool turns_away(int fd);
  engine::registry& sessions() noexcept { return sessions_; }
  /// Any thread.
  std::size_t streams() const noexcept { return worker_.stream_count(); }
  std::uint64_t refused_requests() const noexcept { return refused_; }
  /// From now on newcomers are answered 503.
  void retire() noexcept { retired_ = true; }

 private:
  friend class admission;

  void on_head(net::http_connection& c) override;
  void on_request(net::http_connection& c, std::string body) override;
  void on_upgrade(net::http_connection& c) override;
  void on_refused(net::http_connection& c, int status) override;
  bool refused_for_memory(net::http_connection& c);
  void hand_over(net::http_connection& c, gateway& home);
  std::optional<wire::deflate_params> agree_deflate(std::string_view offered) const;

  net::worker& worker_;
  const engine_options& options_;
  const engine_hooks& hooks_;
  route_table& routes_;
  session_sink& sink_;
  gateway_group& group_;
  std::size_t number_;  // in the group
  engine::request_rules rules_;
  net::http_settings http_settings_;
  net::ws_settings ws_settings_;
  polling_settings polling_settings_;
  engine::session_options session_options_;
  const std::string open_tail_polling_, open_tail_websocket_;  // of open packets, behind the sid
  engine::registry sessions_;
  frame_cache frames_;
  std::size_t most_connections_;
  net::memory_limit memory_;
  std::uint64_t refused_ = 0;
  bool retired_ = false;
};

}  // namespace jackfield::transport
