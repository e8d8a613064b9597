// Answers of a server that may be anybody: however they are cut, the outcome is the same and within the limits; then what a
// client makes of them: the check of a WebSocket's opening, and the decoding of a body. Input: flags (0-2: what was asked for; 4:
// the stream ends), the size of pieces, then the answer.
#include "wire/content_decoding.hpp"
#include "wire/http_reply_parser.hpp"
#include "wire/ws_client_handshake.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace jackfield::wire;
using outcome = http_reply_parser::outcome;

void require(bool fact) {
  if (!fact) std::abort();
}

constexpr http_reply_limits limits{.head_bytes = 500, .header_lines = 10, .body_bytes = 1000, .chunk_overhead_bytes = 100};

outcome read(http_reply_parser& p, std::string_view text, std::size_t step, http_request_kind kind, bool ends,
             std::string& behind) {
  p.expect(kind);
  auto o = outcome::more;
  while (!text.empty() && o == outcome::more) {
    auto piece = text.substr(0, step);
    text.remove_prefix(piece.size());
    o = p.feed(piece);
    require(o != outcome::more || piece.empty());
    if (o != outcome::more) behind = std::string(piece) + std::string(text);
  }
  return o == outcome::more && ends ? p.end() : o;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto kind = static_cast<http_request_kind>((data[0] & 3) % 3);
  const bool ends = (data[0] & 4) != 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  http_reply_parser whole(limits), cut(limits);
  std::string behind, behind_cut;
  const auto o = read(whole, text, text.size(), kind, ends, behind);
  require(read(cut, text, 1 + data[1] % 16u, kind, ends, behind_cut) == o);
  if (o == outcome::broken) require(!whole.error().empty() && !whole.keep_alive());
  if (o != outcome::whole) return 0;
  auto& reply = whole.reply();
  require(reply.body == cut.reply().body && reply.headers == cut.reply().headers && reply.status == cut.reply().status);
  require(behind == behind_cut && whole.keep_alive() == cut.keep_alive());
  require(reply.body.size() <= limits.body_bytes && reply.headers.size() <= limits.header_lines + 1);
  const auto answer = ws_check_answer(reply, "dGhlIHNhbXBsZSBub25jZQ==", deflate_wish::offered, {"a"});
  require(!answer.why.empty() || reply.status == 101);
  if (answer.why.empty() && answer.deflate) {
    require(answer.deflate->client_max_window_bits >= 9 && answer.deflate->client_max_window_bits <= 15);
    require(answer.deflate->server_max_window_bits >= 9 && answer.deflate->server_max_window_bits <= 15);
  }
  const auto decoded = decode_content(reply.header("content-encoding"), reply.body, 4000);
  require(decoded != decoding_result::ok || reply.body.size() <= 4000);
  return 0;
}
