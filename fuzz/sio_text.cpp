// Socket.IO packets: the input is a list of messages, each behind a byte FF; the first byte of a message says whether it
// is text or binary, and to which of two sessions of one thread it goes.
#include "protocol/sio_text.hpp"

#include <cstdlib>

using namespace jackfield;
using namespace jackfield::protocol;
namespace json = jackfield::base::json;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_payload(const sio_packet& p) {
  for (const auto& e : p.items) {
    value v;
    require(json::valid(e.text) && json::kind_of(e.text) == e.kind);
    require(json::parse(e.text, p.attachments, v));
  }
  if (p.type == sio_type::event && p.has_data) require(!p.items.empty());
  if (p.type == sio_type::connect && p.has_data) require(p.data.front() == '{');
  if (p.placeholders) require(!p.attachments.empty());
}

/// What was decoded, written again, decodes to the same.
void check_header(const sio_packet& p, const sio_limits& limits) {
  std::string text;
  write_header(text, p.type, p.nsp, p.id, p.attachments.size());
  if (p.has_data) text += p.data;
  sio_scratch scratch;
  sio_decoder again(limits, scratch);
  auto result = again.add_text(text);
  for (const auto& a : p.attachments) {
    require(result == sio_decoder::outcome::need_more);
    result = again.add_binary(a);
  }
  require(result == sio_decoder::outcome::packet);
  const auto& q = again.packet();
  require(q.type == p.type && q.nsp == p.nsp && q.id == p.id && q.has_data == p.has_data && q.data == p.data);
  require(q.items.size() == p.items.size() && q.placeholders == p.placeholders);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  sio_limits limits;
  limits.nsp_bytes = 64;
  sio_scratch scratch;
  sio_decoder sessions[2] = {{limits, scratch}, {limits, scratch}};
  while (!input.empty()) {
    const auto message = input.substr(0, input.find('\xFF'));
    input.remove_prefix(std::min(input.size(), message.size() + 1));
    if (message.empty()) continue;
    auto& d = sessions[message[0] & 1];
    const auto body = message.substr(1);
    const auto result = message[0] & 2 ? d.add_binary(as_bytes(body)) : d.add_text(body);
    require(d.held_bytes() <= size + limits.attachments * sizeof(bytes));
    require(d.unfinished() == (result == sio_decoder::outcome::need_more));
    if (result == sio_decoder::outcome::failed) {
      require(d.error() != sio_error::none);
      d.reset();
    } else if (result == sio_decoder::outcome::packet) {
      check_payload(d.packet());
      check_header(d.packet(), limits);
    }
  }
  return 0;
}
