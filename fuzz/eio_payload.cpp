// Polling payloads and the open packet.
#include "protocol/eio_payload.hpp"
#include "base/utf8.hpp"
#include "protocol/handshake.hpp"

#include <algorithm>
#include <cstdlib>

using namespace jackfield;
using namespace jackfield::protocol;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_payload(std::string_view body) {
  constexpr std::size_t most = 50;
  const auto announced = static_cast<std::size_t>(std::ranges::count(body, payload_separator)) + 1;
  eio_payload_reader r(body, most);
  std::string again;
  std::size_t packets = 0;
  auto step = r.next();
  for (; step.what == eio_payload_reader::outcome::packet; step = r.next(), ++packets) {
    const auto& p = step.packet;
    if (p.kind == payload_kind::text) require(base::valid_utf8(p.data));
    const auto before = again.size();
    append_eio_packet(again, p);
    require(again.size() - before == eio_text_size(p) + (before ? 1 : 0));
  }
  require((step.what == eio_payload_reader::outcome::too_many) == (announced > most));
  require(packets <= most && r.next().what == step.what);
  if (step.what == eio_payload_reader::outcome::end) require(again == body && packets == announced);
  if (step.what != eio_payload_reader::outcome::end) require(body.starts_with(again));
}

void check_open(std::string_view text) {
  eio_open open;
  if (!read_open(text, open)) return;
  std::string written;
  write_open(written, open);
  eio_open again;
  require(read_open(written, again));
  require(again.sid == open.sid && again.upgrades == open.upgrades && again.max_payload == open.max_payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_payload(text);
  check_open(text);
  return 0;
}
