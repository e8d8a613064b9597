// ws_encoder: WebSocket frame heads and whole frames (RFC 6455 §5.2). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace jackfield::wire {

enum class ws_opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// An unmasked frame head, 2 to 10 bytes.
struct ws_frame_head {
  std::array<char, 10> bytes;
  std::uint8_t size;
  std::string_view view() const noexcept { return {bytes.data(), size}; }
};

constexpr std::size_t ws_head_size(std::uint64_t payload) noexcept { return payload < 126 ? 2 : payload < 65536 ? 4 : 10; }

constexpr char ws_first_byte(ws_opcode op, bool rsv1) noexcept {
  return static_cast<char>(0x80u | (rsv1 ? 0x40u : 0u) | static_cast<unsigned>(op));
}

/// The head of a final server frame (FIN set, no mask). `rsv1`: the payload is deflated.
inline ws_frame_head ws_head(ws_opcode op, std::uint64_t payload, bool rsv1 = false) noexcept {
  ws_frame_head h;
  h.bytes[0] = ws_first_byte(op, rsv1);
  if (payload < 126) {
    h.bytes[1] = static_cast<char>(payload);
    h.size = 2;
  } else if (payload < 65536) {
    h.bytes[1] = 126;
    h.bytes[2] = static_cast<char>(payload >> 8);
    h.bytes[3] = static_cast<char>(payload);
    h.size = 4;
  } else {
    h.bytes[1] = 127;
    for (int i = 0; i < 8; ++i) h.bytes[static_cast<std::size_t>(2 + i)] = static_cast<char>(payload >> (56 - 8 * i));
    h.size = 10;
  }
  return h;
}

/// Appends a masked frame (the client's side, and tests). `mask`: the key, its top byte first on the wire.
void ws_append_masked(std::string& out, ws_opcode op, std::string_view payload, std::uint32_t mask, bool fin = true,
                      bool rsv1 = false);
/// The payload of a close frame: code (0: none, the payload is empty) and reason (cut to the longest valid
/// UTF-8 within 123 bytes).
std::string ws_close_payload(std::uint16_t code, std::string_view reason = {});
/// May this code stand in a close frame? (S15)
bool ws_valid_close_code(std::uint16_t code) noexcept;

}  // namespace jackfield::wire
