// notation: binary data in a script: <DE AD BE EF>.
#pragma once

#include "protocol/eio_packet.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::talk {

/// <DE AD>.
std::string bytes_written(std::string_view bytes);
/// The bytes of <DE AD>; nothing: not in that form.
std::optional<std::string> bytes_read(std::string_view text);

struct part {
  protocol::payload_kind kind;
  std::string data;
};
/// `text <01 02> <03>`: a text, if there is one, and binary parts behind it.
std::vector<part> group_of(std::string_view text);

}  // namespace jackfield::talk
