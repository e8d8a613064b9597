#include "wire/ws_client_handshake.hpp"

#include "base/base64.hpp"
#include "wire/http_response.hpp"
#include "wire/ws_handshake.hpp"

#include <algorithm>

namespace jackfield::wire {

std::string ws_key(std::span<const std::byte, 16> random) {
  std::string key;
  base::base64_encode(random, key);
  return key;
}

void append_ws_request(std::string& out, std::string_view key, deflate_wish deflate, const std::vector<std::string>& protocols) {
  append_header(out, "Connection", "Upgrade");
  append_header(out, "Upgrade", "websocket");
  append_header(out, "Sec-WebSocket-Version", "13");
  append_header(out, "Sec-WebSocket-Key", key);
  if (deflate == deflate_wish::offered) append_header(out, "Sec-WebSocket-Extensions", deflate_offer());
  std::string list;
  for (const auto& p : protocols) {
    if (!list.empty()) list += ", ";
    list += p;
  }
  if (!list.empty()) append_header(out, "Sec-WebSocket-Protocol", list);
}

ws_answer ws_check_answer(const http_reply& reply, std::string_view key, deflate_wish deflate,
                          const std::vector<std::string>& protocols) {
  if (reply.status != 101) {
    return {"the WebSocket was answered with HTTP status " + std::to_string(reply.status)};
  }
  if (!reply.lists("Upgrade", "websocket") || !reply.lists("Connection", "upgrade"))
    return {"the server's answer 101 is for another protocol than websocket"};
  if (reply.count("Sec-WebSocket-Accept") != 1 || reply.header("Sec-WebSocket-Accept") != ws_accept_key(key))
    return {"the server's Sec-WebSocket-Accept does not belong to our key"};
  ws_answer a;
  const auto lines = reply.count("Sec-WebSocket-Extensions");
  const bool understood = lines <= 1 && accept_deflate(reply.header("Sec-WebSocket-Extensions"), a.deflate);
  if (!understood || (a.deflate && deflate == deflate_wish::none))
    return {"the server uses a WebSocket extension that was not offered"};
  a.subprotocol = reply.header("Sec-WebSocket-Protocol");
  const bool offered = a.subprotocol.empty() || std::find(protocols.begin(), protocols.end(), a.subprotocol) != protocols.end();
  if (!offered || reply.count("Sec-WebSocket-Protocol") > 1) return {"the server chose a subprotocol that was not offered"};
  return a;
}

}  // namespace jackfield::wire
