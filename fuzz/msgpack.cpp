// MessagePack packets: whatever comes in is refused, or becomes a packet that survives being written and read again; and JSON
// text survives being packed. The first byte chooses.
#include "protocol/msgpack.hpp"
#include "protocol/sio_msgpack.hpp"
#include "protocol/sio_packet.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>

using namespace jackfield;
using namespace jackfield::protocol;
namespace json = jackfield::base::json;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

const parser_limits limits{16, 64, 32};

/// Numbers and escapes may be spelled in other ways: values are compared.
value parsed(const packet_draft& d) {
  value v;
  if (!d.json.empty()) require(json::parse(d.json, d.attachments, v, limits.depth));
  return v;
}

void try_packet(std::string_view message) {
  sio_scratch scratch;
  scratch.draft = std::make_unique<packet_draft>();
  auto& d = *scratch.draft;
  d.clear();
  if (decode_msgpack(message, limits, d) == decoded::failed) return require(!d.why.empty());
  const auto e = adopt_draft(scratch, {limits.attachments, limits.nsp_bytes, limits.depth});
  // What the transcoder writes is JSON; only names, and how many attachments there are, are left to be refused.
  require(e == sio_error::none || e == sio_error::reserved_name || e == sio_error::too_many_attachments ||
          e == sio_error::invalid_payload || e == sio_error::invalid_namespace);
  if (e != sio_error::none) return;
  require(scratch.packet.attachments.size() <= limits.attachments);
  std::string again;
  encode_msgpack({d.type, d.nsp, d.id, d.json, d.attachments}, again);
  packet_draft second;
  require(decode_msgpack(again, limits, second) == decoded::packet);
  require(second.type == d.type && second.nsp == d.nsp && second.id == d.id && parsed(second) == parsed(d));
}

void try_json(std::string_view text) {
  value before, after;
  if (!json::parse(text, before, limits.depth)) return;
  std::string packed, back;
  std::vector<bytes_view> attachments;
  msgpack::from_json(text, {}, packed);
  msgpack::cursor c(packed);
  require(msgpack::to_json(c, limits.depth, 0, back, attachments) == msgpack::fault::none);
  require(c.at_end() && json::parse(back, after, limits.depth));
  std::string twice;
  msgpack::from_json(back, {}, twice);
  require(packed.size() >= 1 && twice.size() <= packed.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] & 1)
    try_json(rest);
  else
    try_packet(rest);
  return 0;
}
