// JSONP polling (protocol.md 2.6): payloads of browsers that have neither CORS nor WebSocket. An answer is a script, a POST
// is a form:
//
//   ___eio[7]("6:4hello");        7: the index that the handshake asked for
//   d=6%3A4hello                  a line feed of the payload is written \n, and what looked like that before, \\n
//
// An answer is safe wherever a browser might put it: nothing in front of the string is the peer's choice but digits, and in
// the string no '<', line separator or control character is left unescaped. Pure, any thread, linear.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jackfield::protocol {

/// The digits of the query's `j`; everything else is left out.
std::string jsonp_index(std::string_view j);
/// The script that hands the payload, a text, to the client.
std::string jsonp_script(std::string_view index, std::string_view payload);
/// The payload of a form; nothing: there is no `d`.
std::optional<std::string> jsonp_payload(std::string_view form);

}  // namespace jackfield::protocol
