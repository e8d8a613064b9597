// packet: what the load generator needs of a Socket.IO packet that came. The forms that servers really write are matched
// character by character; anything else goes through the library's decoder, so that an unusual server is measured too, a little
// slower. One owner, one thread. Views point into the text, or into the reader until it reads again.
#pragma once

#include "protocol/sio_text.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace jackfield::bench {

struct packet {
  enum class what : std::uint8_t {
    connected,  // of our namespace
    refused,    // of our namespace; text: the server's message, as JSON
    ended,      // the server disconnected the socket
    event,      // name and text: its first argument, if that is a string
    ack,        // id; text as with an event
    other,      // of another namespace, or with attachments to come
    malformed,
  };
  what kind = what::malformed;
  std::uint64_t id = 0;
  std::string_view name;
  std::string_view text;  // without quotes; empty when the argument is missing, no string, or has escapes
};

class packet_reader {
 public:
  /// `nsp`: "/" or "/name".
  explicit packet_reader(std::string nsp);

  /// An Engine.IO message without its '4'.
  packet read(std::string_view sio);

 private:
  bool read_known(std::string_view sio, packet& out) const noexcept;
  packet read_any(std::string_view sio);

  std::string nsp_;
  std::string prefix_;  // of every packet behind the type: "" or "/name,"
  protocol::sio_limits limits_;
  protocol::sio_scratch scratch_;
  protocol::sio_decoder decoder_;
};

}  // namespace jackfield::bench
