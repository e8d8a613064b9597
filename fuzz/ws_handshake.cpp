// The header set of an upgrade request, and the negotiation of permessage-deflate: no answer claims what was not
// asked, and what was agreed works. Input: flags (1 POST, 2 HTTP/1.0, 4 keep windows), two window sizes, header lines
// "name:value" between LFs; the names may be single letters that stand for the usual ones.
#include "wire/ws_handshake.hpp"
#include "wire/ws_deflate.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace jackfield;
using namespace jackfield::wire;

void require(bool fact) {
  if (!fact) std::abort();
}

std::string_view full_name(std::string_view name) {
  if (name == "u") return "Upgrade";
  if (name == "c") return "Connection";
  if (name == "k") return "Sec-WebSocket-Key";
  if (name == "v") return "Sec-WebSocket-Version";
  if (name == "p") return "Sec-WebSocket-Protocol";
  if (name == "e") return "Sec-WebSocket-Extensions";
  return name;
}

http_head_ref read_head(std::string_view lines, std::uint8_t flags) {
  http_head::builder b;
  b.request_line((flags & 1) != 0 ? "POST" : "GET", "/", (flags & 2) != 0 ? 10 : 11);
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const auto colon = line.find(':');
    if (colon != std::string_view::npos) b.header(full_name(line.substr(0, colon)), line.substr(colon + 1));
  }
  return b.build();
}

void check_agreement(const deflate_params& agreed, const deflate_params& willing) {
  require(agreed.server_max_window_bits >= 9 && agreed.server_max_window_bits <= willing.server_max_window_bits);
  require(agreed.client_max_window_bits >= 9 && agreed.client_max_window_bits <= willing.client_max_window_bits);
  require(agreed.server == takeover::none || willing.server == takeover::context);
  require(agreed.client == takeover::none || willing.client == takeover::context);
  const std::string message = "jackfield jackfield jackfield";
  ws_deflater deflater(agreed.server_max_window_bits, agreed.server);
  ws_inflater inflater(agreed.server_max_window_bits, agreed.server);
  for (int i = 0; i < 2; ++i) {
    std::string data, out;
    deflater.deflate(message, data);
    require(inflater.inflate(data, true, out, message.size()) == ws_inflater::status::ok && out == message);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const auto keep = (data[0] & 4) != 0 ? takeover::context : takeover::none;
  const deflate_params willing{9 + data[1] % 7, 9 + data[2] % 7, keep, keep};
  const std::string_view lines(reinterpret_cast<const char*>(data) + 3, size - 3);
  const auto head = read_head(lines, data[0]);
  const auto r = ws_check_handshake(*head);
  require(r.status == 101 || r.status == 400 || r.status == 405 || r.status == 426);
  require((r.status == 101) == r.text.empty() && (r.status == 101) == (r.accept.size() == 28));
  require(r.status != 101 || (head->method() == "GET" && head->version() == 11 && head->header("sec-websocket-version") == "13"));
  for (const auto offered : {std::string_view(r.extensions), lines}) {
    const auto agreed = negotiate_deflate(offered, willing);
    if (!agreed) continue;
    check_agreement(*agreed, willing);
    require(deflate_response(*agreed).starts_with("permessage-deflate"));
  }
  choose_coding(lines);
  return 0;
}
