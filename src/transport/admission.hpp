// admission: one request of the engine on its way from the door to its session: CORS, origin, middlewares,
// verification, allow_request, handshake (protocol.md 1.3, in that order). Lives as long as somebody may
// still decide about it; the connection may go meanwhile. Thread: the worker's; decisions from any.
#pragma once

#include "base/ref.hpp"
#include "engine/verify.hpp"
#include "net/http_connection.hpp"
#include "transport/gateway.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jackfield::transport {

class admission final : public base::ref_counted<admission> {
 public:
  admission(gateway& g, net::http_connection& c, std::string body, engine::request_kind kind) noexcept
      : gateway_(g), connection_(&c), body_(std::move(body)), kind_(kind) {}

  void run();

 private:
  using context = std::vector<std::pair<std::string, std::string>>;

  bool passes_origin();
  void run_middleware(std::size_t i);
  void verify();
  void reach_session(engine::session& s);
  void ask_application(engine::transport_kind t, engine::payload_form form);
  void open_session(engine::transport_kind t, engine::payload_form form);
  void open_polling(engine::session& s, std::string_view open_json);
  void open_websocket(engine::session& s, std::string_view open_json, engine::payload_form form);
  void offer_upgrade(engine::session& s, engine::payload_form form);
  base::ref<net::ws_connection> switch_protocols(const std::string& lines, std::string& early);

  void refuse(const engine::refusal& r);
  void refuse(protocol::eio_error code, context why, std::string_view text = {});
  std::string answer_lines(bool initial);
  std::string open_json(const engine::session& s) const;
  const http_head& head() const noexcept { return *connection_->head(); }
  bool gone() const noexcept { return !connection_->open() || !connection_->waiting(); }
  /// Runs f(*this) on the worker's thread, once, whoever calls.
  template <class F>
  void there(F f);

  gateway& gateway_;
  base::ref<net::http_connection> connection_;
  std::shared_ptr<http_reply::core> reply_;   // while middlewares may answer
  std::string body_;
  std::string lines_;   // header lines so far: CORS, middlewares
  engine::request_kind kind_;
};

}  // namespace jackfield::transport
