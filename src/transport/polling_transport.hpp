// polling_transport: an Engine.IO session's road over HTTP long-polling (protocol.md 1.4, 2): a GET waits for
// packets and is answered with all of them as one payload; a POST brings packets and is answered "ok".
// One GET and one POST at a time (S20). Owner: the session. Thread: the worker's.
#pragma once

#include "engine/session.hpp"
#include "engine/transport.hpp"
#include "net/http_connection.hpp"
#include "transport/answers.hpp"
#include "transport/payload_form.hpp"

#include <utility>

namespace jackfield::transport {

class polling_transport final : public engine::transport, net::request_watcher {
 public:
  polling_transport(const polling_settings& settings, payload_form form) noexcept : settings_(settings), form_(std::move(form)) {}
  ~polling_transport() override;

  void start(engine::session& s) noexcept { session_ = &s; }

  /// The GET that opens the session: its answer carries the open packet.
  void park(net::http_connection& c, std::string headers);
  /// A GET of this session. `headers`: lines that its answer carries.
  void get(net::http_connection& c, std::string headers);
  /// The head of a POST arrived. False: one is under way already; the session has ended, answer 400.
  bool post_begins(net::http_connection& c);
  /// A POST is whole.
  void post(net::http_connection& c, std::string_view body, std::string headers);

  engine::transport_kind kind() const noexcept override { return engine::transport_kind::polling; }
  bool ready() const noexcept override { return get_ != nullptr; }
  bool idle() const noexcept override { return get_ != nullptr; }
  std::size_t unsent_bytes() const noexcept override { return 0; }
  void send(std::span<const protocol::eio_packet> packets, engine::compression c) override;
  void send(const engine::outgoing& shared) override;
  void close() override;
  void detach() noexcept override { session_ = nullptr; }
  void pause_reading(bool) override {}  // a polling client can only be answered

 private:
  enum class receipt : std::uint8_t { ok, bad };
  void on_request_gone(net::http_connection& c, gone why) override;
  receipt receive(net::http_connection& c, std::string_view body);
  template <class Reader>
  receipt read_packets(Reader packets);
  receipt read_text(std::string_view text);
  void lose(std::string_view description);
  void answer_get(std::span<const protocol::eio_packet> packets, engine::compression c);

  const polling_settings& settings_;
  payload_form form_;
  engine::session* session_ = nullptr;
  base::ref<net::http_connection> get_, post_;
  std::string get_headers_;
};

}  // namespace jackfield::transport
