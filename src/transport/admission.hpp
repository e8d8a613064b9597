// admission: one request of the engine on its way from the door to its session: CORS, origin, middlewares,
// verification, allow_request, handshake (protocol.md 1.3, in that order). Lives as long as somebody may
// still decide about it; the connection may go meanwhile. Thread: the worker's; decisions come from any.
#pragma once

#include "base/ref.hpp"
#include "engine/verify.hpp"
#include "net/http_connection.hpp"
#include "transport/gateway.hpp"
#include "transport/reply.hpp"
#include "transport/ws_transport.hpp"
#include "wire/ws_handshake.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::transport {

class admission final : public base::ref_counted<admission> {
 public:
  admission(gateway& g, net::http_connection& c, std::string body, engine::request_form form) noexcept
      : gateway_(g), connection_(&c), body_(std::move(body)), form_(form) {}
  ~admission();

  void run();

 private:
  using context = std::vector<std::pair<std::string, std::string>>;

  // admission.cpp: who may come in
  void run_middleware(std::size_t i);
  void after_middleware(std::size_t i, const std::string& refusal);
  void verify();
  void verify_script(const engine::verdict& v);
  bool wants_jsonp(const engine::verdict& v) const noexcept;
  void reach_session(const engine::verdict& v);
  void ask_application(const engine::verdict& v);
  void refuse(protocol::eio_refusal why, context about, int status, std::string_view text = {});
  void refuse_bad(engine::bad_request name, std::string_view text = {});
  const http_head& head() const noexcept { return *connection_->head(); }
  bool gone() const noexcept { return !connection_->waiting(); }
  template <class F>
  void there(F f);

  // handshake.cpp: how it goes on
  void open_session(const engine::verdict& v);
  void open_polling(engine::session_ref s, payload_form form);
  void open_websocket(engine::session_ref s, const wire::ws_handshake_result& shake, packet_form form);
  void offer_upgrade(engine::session& s, packet_form form);
  void name_session(const engine::verdict& v);
  void open_as(const engine::verdict& v, std::string_view id);
  engine::session_ref new_session(const engine::verdict& v, std::string_view id);
  bool handshake_ok(const wire::ws_handshake_result& shake);
  base::ref<ws_transport> switch_protocols(const wire::ws_handshake_result& shake, std::string lines, packet_form form);
  std::string answer_lines(bool first_of_session) const;
  std::string open_json(const engine::session& s, engine::transport_kind t) const;

  gateway& gateway_;
  base::ref<net::http_connection> connection_;
  std::shared_ptr<http_reply::core> reply_;  // while middlewares may answer
  std::string body_;
  std::string lines_;      // header lines so far: CORS, middlewares
  std::size_t stage_ = 0;  // the middleware, or after them the question, that is waited for
  engine::request_form form_;
};

}  // namespace jackfield::transport
