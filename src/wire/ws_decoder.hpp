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
// Errors are close codes (S11-S15): 1002 protocol, 1007 UTF-8 or bad deflate data, 1008 too many fragments,
// 1009 too big. One owner, one thread. A whole frame costs no allocation and no copy; an idle decoder holds
// nothing beyond itself. Only an allocation failure throws (std::bad_alloc); then the decoder can only be destroyed.
#pragma once

#include "wire/ws_encoder.hpp"
#include "wire/ws_mask.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace jackfield::wire {

enum class ws_role : std::uint8_t { server /* peers must mask */, client /* peers must not mask */ };

struct ws_limits {
  std::size_t max_message_bytes = 1'000'000;  // over all fragments, inflated size included
  std::size_t max_fragments = 131'072;
};

class ws_inflater;  // ws_deflate.hpp
struct ws_fault;    // ws_decoder.cpp

/// What the decoder found.
struct ws_event {
  enum class what : std::uint8_t {
    need_more,  // the input is used up
    text,       // data: a whole text message, valid UTF-8
    binary,     // data: a whole binary message
    ping,       // data: its payload: answer with a pong
    pong,       // data: its payload
    close,      // code: the peer's close code, 1005 when it gave none; data: its reason
    error,      // code: the close code to answer with; data: why, for people. The decoder is finished.
  };
  what kind = what::need_more;
  std::uint16_t code = 0;
  std::string_view data;  // valid until the next call of feed() or next()
};

class ws_decoder {
 public:
  ws_decoder(ws_role role, const ws_limits& limits) noexcept;  // limits outlive the decoder
  ~ws_decoder();
  ws_decoder(const ws_decoder&) = delete;
  ws_decoder& operator=(const ws_decoder&) = delete;

  /// permessage-deflate was agreed: frames with RSV1 are inflated with this.
  void set_inflater(std::unique_ptr<ws_inflater> inflater) noexcept;

  /// Takes the next event out of `input`, consuming what it used: call again until need_more.
  /// The bytes of `input` are changed (unmasked). After error or close nothing more may be fed.
  ws_event next(std::span<char>& input);

  /// Bytes of memory held for an unfinished message or control frame, or for the one handed out last.
  std::size_t held_bytes() const noexcept;

 private:
  enum class state : std::uint8_t { head, payload, finished };
  struct gathering;                 // what an unfinished message or control frame needs
  using verdict = const ws_fault*;  // null: fine

  bool is_short_message(std::span<const char> input) const noexcept;
  ws_event take_short_message(std::span<char>& input) noexcept;
  verdict read_head(std::span<char>& input);
  verdict collect_head(std::span<char>& input);
  verdict check_first(unsigned char first) const noexcept;
  verdict check_second(unsigned char first, unsigned char second) const noexcept;
  verdict open_frame(const char* head);
  verdict count_frame(ws_opcode opcode, unsigned char first, std::uint64_t size);
  ws_event take_payload(std::span<char>& input);
  ws_event take_control(std::string_view piece);
  ws_event take_data(std::string_view piece);
  verdict gather(std::string_view piece, bool last);
  verdict gather_inflated(std::string_view piece, bool last);
  ws_event control_event(std::string_view payload) noexcept;
  ws_event message_event(std::string_view payload) noexcept;
  ws_event fail(const ws_fault& why) noexcept;
  gathering& hold();
  void release() noexcept;

  const ws_limits* limits_;
  std::unique_ptr<gathering> held_;
  std::unique_ptr<ws_inflater> inflater_;
  std::uint64_t remaining_ = 0;  // payload bytes of this frame still to come
  std::array<char, 14> head_;    // a frame head cut by the end of input
  std::uint8_t head_size_ = 0;
  ws_mask_key mask_{};
  ws_role role_;
  state state_ = state::head;
  ws_opcode opcode_ = ws_opcode::continuation;   // of this frame
  ws_opcode message_ = ws_opcode::continuation;  // of the message in progress; continuation: none
  bool fin_ : 1 = false;
  bool deflated_ : 1 = false;  // the message in progress is
};

}  // namespace jackfield::wire
