#include "transport/payload_form.hpp"

#include "protocol/eio3_payload.hpp"
#include "protocol/jsonp.hpp"

#include <algorithm>

namespace jackfield::transport {

using protocol::eio3_form;
using protocol::eio_packet;
using protocol::eio_revision;
using protocol::payload_kind;

namespace {

bool has_binary(std::span<const eio_packet> batch) noexcept {
  return std::any_of(batch.begin(), batch.end(), [](const eio_packet& p) { return p.kind == payload_kind::binary; });
}

}  // namespace

payload_body payload_form::write(std::span<const eio_packet> batch) const {
  payload_body body{{}, "text/plain; charset=UTF-8"};
  if (packets.revision == eio_revision::v4) {
    for (const auto& p : batch) protocol::append_eio_packet(body.bytes, p);
  } else {
    const bool bytes = packets.binary == binary_form::raw && !jsonp && has_binary(batch);
    if (bytes) body.content_type = "application/octet-stream";
    for (const auto& p : batch) protocol::append_eio3_packet(body.bytes, p, bytes ? eio3_form::binary : eio3_form::text);
  }
  if (jsonp) return {protocol::jsonp_script(*jsonp, body.bytes), "text/javascript; charset=UTF-8"};
  return body;
}

}  // namespace jackfield::transport
