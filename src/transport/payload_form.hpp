// payload_form: how the bodies of one polling session are written and read: the revision of the protocol, whether binary may
// be bytes, and JSONP (protocol.md 1.4, 2.2, 2.3, 2.6). Set by the request that opens the session, for all that follow.
// Owner: the polling transport. Thread: the worker's.
#pragma once

#include "engine/verify.hpp"
#include "protocol/eio_packet.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace jackfield::transport {

/// How binary travels. `text`: the client asked for b64, so as base64.
enum class binary_form : std::uint8_t { raw, text };

/// What is the same on every road of a session.
struct packet_form {
  protocol::eio_revision revision = protocol::eio_revision::v4;
  binary_form binary = binary_form::raw;
};

inline packet_form form_of(const engine::verdict& v) noexcept {
  return {v.revision, v.base64 ? binary_form::text : binary_form::raw};
}

struct payload_body {
  std::string bytes;
  std::string_view content_type;
};

struct payload_form {
  packet_form packets{};
  std::unique_ptr<const std::string> jsonp{};  // the index of the callback; null: no JSONP

  payload_body write(std::span<const protocol::eio_packet> batch) const;
  /// May a body be of type application/octet-stream?
  bool reads_binary() const noexcept { return packets.revision == protocol::eio_revision::v3 && !jsonp; }
};

}  // namespace jackfield::transport
