// Engine.IO 3 payloads in both forms, and the forms of JSONP. First byte: which.
#include "protocol/eio3_payload.hpp"
#include "base/utf8.hpp"
#include "protocol/jsonp.hpp"

#include <cstdlib>

using namespace jackfield;
using namespace jackfield::protocol;

namespace {

constexpr std::size_t most = 50;
using outcome = eio3_payload_reader::outcome;

void require(bool condition) {
  if (!condition) std::abort();
}

/// What was read, written again, reads the same.
void check_payload(std::string_view body, eio3_form form) {
  eio3_payload_reader r(body, form, most);
  std::string again;
  std::size_t packets = 0;
  auto step = r.next();
  for (; step.what == outcome::packet; step = r.next(), ++packets) {
    if (step.packet.kind == payload_kind::text) require(base::valid_utf8(step.packet.data));
    std::string one;
    append_eio3_packet(one, step.packet, form);
    eio3_payload_reader reads(one, form, 1);
    const auto same = reads.next();
    require(same.what == outcome::packet && same.packet.type == step.packet.type && same.packet.kind == step.packet.kind);
    require(same.packet.data == step.packet.data);
    require(reads.next().what == outcome::end);
    again += one;
  }
  require(packets <= most && r.next().what == step.what);
  require(step.what != outcome::too_many || packets == 0);
  if (again.empty()) return;
  eio3_payload_reader all(again, form, most);
  std::size_t there = 0;
  while (all.next().what == outcome::packet) ++there;
  require(there == packets);
}

/// Nothing in a script could end the string or the script around it.
void check_jsonp(std::string_view text) {
  const auto index = jsonp_index(text);
  require(index.find_first_not_of("0123456789") == std::string::npos);
  const auto script = jsonp_script(index, text);
  require(script.starts_with("___eio[" + index + "](\"") && script.ends_with("\");"));
  const auto string = std::string_view(script).substr(10 + index.size(), script.size() - 13 - index.size());
  require(base::valid_utf8(string) && string.find('<') == std::string_view::npos);
  require(string.find("\xE2\x80\xA8") == std::string_view::npos && string.find("\xE2\x80\xA9") == std::string_view::npos);
  for (std::size_t i = 0; i < string.size(); ++i) {
    require(static_cast<unsigned char>(string[i]) >= 0x20 && string[i] != '"');
    if (string[i] == '\\') ++i;
  }
  if (const auto payload = jsonp_payload(text)) require(base::valid_utf8(*payload) && payload->size() <= 3 * text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0: check_payload(text, eio3_form::text); break;
    case 1: check_payload(text, eio3_form::binary); break;
    case 2: check_jsonp(text); break;
  }
  return 0;
}
