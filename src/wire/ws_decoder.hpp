// ws_decoder: WebSocket frames in, messages and control frames out (RFC 6455 §5, RFC 7692 §7).
// Pure and incremental: feed() takes whatever arrived and works in place: it unmasks inside the input.
// A whole unfragmented message inside one input is handed out as a view of that input; anything longer
// is gathered in one buffer that grows with the bytes received, never with the bytes announced.
//
//    0                   1                   2                   3
//   |F|R|R|R| opcode|M| Payload len |  Extended payload length (16/64)  |
//   |I|S|S|S|  (4)  |A|     (7)     |  if len == 126 / 127              |
//   |N|V|V|V|       |S|             |  Masking-key (if M) | Payload ... |
//
// Errors are close codes (S11-S15): 1002 protocol, 1007 UTF-8, 1008 too many fragments, 1009 too big.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace jackfield::wire {

enum class ws_role : std::uint8_t { server /* peers must mask */, client /* peers must not mask */ };

struct ws_limits {
  std::size_t max_message_bytes = 1'000'000;   // over all fragments, inflated size included
  std::size_t max_fragments = 131'072;
};

class ws_inflater;   // ws_deflate.hpp

/// What the decoder found.
struct ws_event {
  enum class what : std::uint8_t {
    need_more,   // the input is used up
    text,        // data: a whole text message, valid UTF-8
    binary,      // data: a whole binary message
    ping,        // data: its payload: answer with a pong
    pong,        // data: its payload
    close,       // code: the peer's close code, 1005 when it gave none; data: its reason
    error,       // code: the close code to answer with; data: why, for people. The decoder is finished.
  };
  what kind = what::need_more;
  std::uint16_t code = 0;
  std::string_view data;   // valid until the next call of feed() or next()
};

class ws_decoder {
 public:
  ws_decoder(ws_role role, const ws_limits& limits) noexcept;   // limits outlive the decoder
  ~ws_decoder();
  ws_decoder(const ws_decoder&) = delete;
  ws_decoder& operator=(const ws_decoder&) = delete;

  /// permessage-deflate was agreed: frames with RSV1 are inflated with this.
  void set_inflater(std::unique_ptr<ws_inflater> inflater) noexcept;

  /// Takes the next event out of `input`, consuming what it used: call again until need_more.
  /// The bytes of `input` are changed (unmasked). After error or close nothing more may be fed.
  ws_event next(std::span<char>& input);

  /// Bytes held for an unfinished message.
  std::size_t held_bytes() const noexcept;
};

}  // namespace jackfield::wire
