// A frame stream, cut where the fuzzer says: the events are the same as in one piece, views are readable, text is UTF-8,
// limits hold. Input: flags (1 client, 2 inflater, 4 context takeover, 8 also byte by byte), number of cuts, the cuts, the
// stream.
#include "wire/ws_decoder.hpp"
#include "base/utf8.hpp"
#include "wire/ws_deflate.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace jackfield;
using namespace jackfield::wire;

struct event {
  ws_event::what kind;
  std::uint16_t code;
  std::string data;
  bool operator==(const event&) const = default;
};

void require(bool fact) {
  if (!fact) std::abort();
}

constexpr ws_limits limits{.max_message_bytes = 5000, .max_fragments = 20};

struct options {
  ws_role role;
  bool inflater;
  takeover keep;
};

void check(const ws_event& e) {
  require(e.data.size() <= limits.max_message_bytes || e.kind == ws_event::what::error);
  if (e.kind == ws_event::what::text || e.kind == ws_event::what::close) require(base::valid_utf8(e.data));
  if (e.kind == ws_event::what::ping || e.kind == ws_event::what::pong) require(e.data.size() <= 125);
  if (e.kind == ws_event::what::error) require(e.code == 1002 || e.code == 1007 || e.code == 1008 || e.code == 1009);
}

void feed(ws_decoder& decoder, std::string_view piece, std::vector<event>& events) {
  std::vector<char> memory(piece.begin(), piece.end());
  std::span<char> input(memory);
  for (;;) {
    const auto e = decoder.next(input);
    check(e);
    if (e.kind == ws_event::what::need_more) break;
    events.push_back({e.kind, e.code, std::string(e.data)});
  }
  require(input.empty());
  require(decoder.held_bytes() <= 3 * limits.max_message_bytes + 4096);
}

std::vector<event> run(const options& o, std::string_view wire, const std::vector<std::size_t>& cuts) {
  ws_decoder decoder(o.role, limits);
  if (o.inflater) decoder.set_inflater(std::make_unique<ws_inflater>(15, o.keep));
  std::vector<event> events;
  for (std::size_t at = 0, i = 0; at < wire.size(); ++i) {
    const auto size = cuts.empty() ? wire.size() : 1 + cuts[i % cuts.size()];
    feed(decoder, wire.substr(at, size), events);
    at += std::min(size, wire.size() - at);
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint8_t flags = data[0];
  const std::size_t cut_count = data[1] % 8;
  if (size < 2 + cut_count) return 0;
  std::vector<std::size_t> cuts(data + 2, data + 2 + cut_count);
  const std::string wire(reinterpret_cast<const char*>(data) + 2 + cut_count, size - 2 - cut_count);
  const options o{(flags & 1) != 0 ? ws_role::client : ws_role::server, (flags & 2) != 0,
                  (flags & 4) != 0 ? takeover::context : takeover::none};
  const auto whole = run(o, wire, {});
  if (!cuts.empty()) require(run(o, wire, cuts) == whole);
  if ((flags & 8) != 0) require(run(o, wire, {0}) == whole);
  return 0;
}
