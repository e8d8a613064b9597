#include "transport/polling_transport.hpp"

#include "protocol/eio3_payload.hpp"
#include "protocol/eio_payload.hpp"
#include "protocol/jsonp.hpp"

#include <vector>

namespace jackfield::transport {

using engine::close_reason;
using engine::compression;
using protocol::eio_packet;
using protocol::eio_type;

polling_transport::~polling_transport() {
  if (get_) get_->watch(nullptr);
  if (post_) post_->watch(nullptr);
}

void polling_transport::get(net::http_connection& c, std::string headers) {
  base::ref<polling_transport> self(this);
  if (get_) {
    lose("overlap from client");  // closes the road: the parked GET is answered with a close packet
    return answer_bad(c, headers);
  }
  park(c, std::move(headers));
  if (session_) session_->on_transport_ready(*this);
}

void polling_transport::park(net::http_connection& c, std::string headers) {
  get_ = &c;
  get_headers_ = std::move(headers);
  c.watch(this);
}

void polling_transport::send(std::span<const eio_packet> packets, compression c) { answer_get(packets, c); }

void polling_transport::send(const engine::outgoing& shared) {
  std::vector<eio_packet> packets;
  for (const auto& m : shared.messages()) packets.push_back({eio_type::message, m.kind, m.data.chars()});
  answer_get(packets, shared.compress());
}

void polling_transport::answer_get(std::span<const eio_packet> packets, compression c) {
  if (!get_) return;
  auto waiting = std::move(get_);
  waiting->watch(nullptr);
  auto headers = std::exchange(get_headers_, {});
  if (form_.jsonp) headers += no_sniff;
  answer_payload(*waiting, form_.write(packets), headers, settings_.compression, c);
}

void polling_transport::close() {
  const eio_packet goodbye{eio_type::close, protocol::payload_kind::text, {}};
  if (get_) answer_get({&goodbye, 1}, compression::none);
  if (auto receiving = std::move(post_)) receiving->drop();
}

bool polling_transport::post_begins(net::http_connection& c) {
  base::ref<polling_transport> self(this);
  if (post_) {
    lose("data request overlap from client");  // closes the road: the first POST's connection is dropped
    return false;
  }
  post_ = &c;
  c.watch(this);
  return true;
}

void polling_transport::post(net::http_connection& c, std::string_view body, std::string headers) {
  base::ref<polling_transport> self(this);
  post_.reset();
  c.watch(nullptr);
  if (receive(c, body) == receipt::bad) return answer_bad(c, headers);
  headers += no_store;
  c.respond({.content_type = "text/html", .headers = headers, .body = "ok"});
}

polling_transport::receipt polling_transport::receive(net::http_connection& c, std::string_view body) {
  const bool binary = c.head()->header("content-type") == "application/octet-stream";
  if (binary && !form_.reads_binary()) {
    lose("invalid content");
    return receipt::bad;
  }
  if (binary) return read_packets(protocol::eio3_payload_reader(body, protocol::eio3_form::binary, settings_.payload_packets));
  if (!form_.jsonp) return read_text(body);
  const auto payload = protocol::jsonp_payload(body);
  return payload ? read_text(*payload) : receipt::ok;  // as the reference: a form without a payload says nothing
}

polling_transport::receipt polling_transport::read_text(std::string_view text) {
  if (form_.packets.revision == protocol::eio_revision::v4)
    return read_packets(protocol::eio_payload_reader(text, settings_.payload_packets));
  return read_packets(protocol::eio3_payload_reader(text, protocol::eio3_form::text, settings_.payload_packets));
}

template <class Reader>
polling_transport::receipt polling_transport::read_packets(Reader packets) {
  for (;;) {
    auto next = packets.next();
    if (next.what == Reader::outcome::end) return receipt::ok;
    if (!session_) return receipt::ok;  // ended by a packet before
    if (next.what == Reader::outcome::too_many) {
      session_->host().hit(base::limit::payload_packets);
      session_->on_undecodable(*this);
      return receipt::bad;
    }
    if (next.what == Reader::outcome::undecodable) {
      session_->on_undecodable(*this);
      return receipt::ok;  // as the reference: the session ends, the request is answered
    }
    if (!session_->on_packet(*this, next.packet)) return receipt::ok;
  }
}

void polling_transport::lose(std::string_view description) {
  if (session_) session_->on_transport_lost(*this, close_reason::transport_error, description);
}

void polling_transport::on_request_gone(net::http_connection& c, gone why) {
  base::ref<polling_transport> self(this);
  if (get_.get() == &c) {
    get_.reset();
    return lose("poll connection closed prematurely");
  }
  if (post_.get() != &c) return;
  post_.reset();
  if (why == gone::lost) lose("data request connection closed prematurely");
}

}  // namespace jackfield::transport
