#include "wire/ws_decoder.hpp"

#include "base/utf8.hpp"
#include "wire/ws_deflate.hpp"

#include <algorithm>

namespace jackfield::wire {

namespace {

constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t bad_data = 1007;
constexpr std::uint16_t policy = 1008;
constexpr std::uint16_t too_big = 1009;
constexpr std::uint16_t no_code = 1005;
constexpr unsigned fin_bit = 0x80, rsv1_bit = 0x40, rsv23_bits = 0x30, opcode_bits = 0x0f, mask_bit = 0x80, length_bits = 0x7f;
constexpr std::uint64_t max_control = 125;

constexpr bool is_control(unsigned opcode) noexcept { return opcode >= 8; }

constexpr std::size_t head_size(unsigned char second) noexcept {
  const unsigned length = second & length_bits;
  return 2u + (length == 126 ? 2u : length == 127 ? 8u : 0u) + ((second & mask_bit) != 0 ? 4u : 0u);
}

/// Deflated bytes that a message within the limit may take: stored blocks make it a little longer than it is.
/// The bound keeps a peer from sending blocks that inflate to nothing for ever.
constexpr std::uint64_t deflated_bound(std::uint64_t inflated) noexcept { return inflated + inflated / 64 + 1024; }

std::uint64_t big_endian(const char* at, std::size_t size) noexcept {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < size; ++i) n = n << 8 | static_cast<unsigned char>(at[i]);
  return n;
}

}  // namespace

struct ws_decoder::gathering {
  std::string message;
  std::string control;
  base::utf8_state utf8;
};

ws_decoder::ws_decoder(ws_role role, const ws_limits& limits) noexcept : limits_(&limits), role_(role) {
  static_assert(sizeof(ws_decoder) <= 96, "every WebSocket connection pays for this");
}

ws_decoder::~ws_decoder() = default;

void ws_decoder::set_inflater(std::unique_ptr<ws_inflater> inflater) noexcept { inflater_ = std::move(inflater); }

ws_event ws_decoder::next(std::span<char>& input) {
  release();
  while (state_ != state::finished) {
    if (state_ == state::head) {
      if (const auto wrong = read_head(input); wrong.code != 0) {
        input = input.last(0);
        return fail(wrong);
      }
      if (state_ == state::head) return {};
    }
    const auto event = take_payload(input);
    if (state_ == state::finished) input = input.last(0);
    if (event.kind != ws_event::what::need_more) return event;
    if (state_ == state::payload) return {};
  }
  input = input.last(0);  // behind a close frame or an error nothing is read
  return {};
}

// A head that lies whole in the input is read where it lies; otherwise its bytes are collected.
ws_decoder::verdict ws_decoder::read_head(std::span<char>& input) {
  if (head_size_ != 0 || input.size() < 2) return collect_head(input);
  const auto first = static_cast<unsigned char>(input[0]), second = static_cast<unsigned char>(input[1]);
  const auto size = head_size(second);
  if (input.size() < size) return collect_head(input);
  if (const auto wrong = check_first(first); wrong.code != 0) return wrong;
  if (const auto wrong = check_second(first, second); wrong.code != 0) return wrong;
  const char* head = input.data();
  input = input.subspan(size);
  return open_frame(head);
}

ws_decoder::verdict ws_decoder::collect_head(std::span<char>& input) {
  while (!input.empty()) {
    head_[head_size_++] = input.front();
    input = input.subspan(1);
    const auto first = static_cast<unsigned char>(head_[0]), second = static_cast<unsigned char>(head_[1]);
    verdict wrong;
    if (head_size_ == 1) wrong = check_first(first);
    if (head_size_ == 2) wrong = check_second(first, second);
    if (wrong.code != 0) return wrong;
    if (head_size_ >= 2 && head_size_ == head_size(second)) return open_frame(head_.data());
  }
  return {};
}

ws_decoder::verdict ws_decoder::check_first(unsigned char first) const noexcept {
  const unsigned opcode = first & opcode_bits;
  if ((first & rsv23_bits) != 0) return {protocol_error, "reserved bits are set"};
  if ((first & rsv1_bit) != 0 && (!inflater_ || is_control(opcode) || opcode == 0)) return {protocol_error, "RSV1 must be clear"};
  if ((opcode > 2 && opcode < 8) || opcode > 10) return {protocol_error, "reserved opcode"};
  if (is_control(opcode)) {
    return (first & fin_bit) != 0 ? verdict{} : verdict{protocol_error, "fragmented control frame"};
  }
  const bool in_message = message_ != ws_opcode::continuation;
  if (opcode == 0 && !in_message) return {protocol_error, "continuation without a message"};
  if (opcode != 0 && in_message) return {protocol_error, "new message inside a fragmented one"};
  return {};
}

ws_decoder::verdict ws_decoder::check_second(unsigned char first, unsigned char second) const noexcept {
  const bool masked = (second & mask_bit) != 0;
  if (masked != (role_ == ws_role::server)) {
    return {protocol_error, masked ? "frame from a server is masked" : "frame from a client is not masked"};
  }
  if (is_control(first & opcode_bits) && (second & length_bits) > max_control)
    return {protocol_error, "control frame is too long"};
  return {};
}

// `head` is whole and its first two bytes are checked.
ws_decoder::verdict ws_decoder::open_frame(const char* head) noexcept {
  const auto first = static_cast<unsigned char>(head[0]), second = static_cast<unsigned char>(head[1]);
  std::uint64_t size = second & length_bits;
  const char* behind = head + 2;
  if (size == 126) {
    size = big_endian(behind, 2);
    behind += 2;
    if (size < 126) return {protocol_error, "length is not in its shortest form"};
  } else if (size == 127) {
    size = big_endian(behind, 8);
    behind += 8;
    if (size >> 63 != 0) return {protocol_error, "top bit of the length is set"};
    if (size < 65536) return {protocol_error, "length is not in its shortest form"};
  }
  opcode_ = static_cast<ws_opcode>(first & opcode_bits);
  if (!is_control(first & opcode_bits)) {
    if (const auto wrong = count_frame(opcode_, (first & rsv1_bit) != 0, size); wrong.code != 0) return wrong;
  }
  if (role_ == ws_role::server) std::memcpy(mask_.data(), behind, mask_.size());
  fin_ = (first & fin_bit) != 0;
  remaining_ = size;
  head_size_ = 0;
  state_ = state::payload;
  return {};
}

// A data frame joins its message; what the message may be is decided before its payload is read.
ws_decoder::verdict ws_decoder::count_frame(ws_opcode opcode, bool rsv1, std::uint64_t size) noexcept {
  if (opcode != ws_opcode::continuation) {
    message_ = opcode;
    deflated_ = rsv1;
    fragments_ = 0;
    announced_ = 0;
  }
  const std::uint64_t bound = deflated_ ? deflated_bound(limits_->max_message_bytes) : limits_->max_message_bytes;
  if (fragments_ >= limits_->max_fragments) return {policy, "message has too many fragments"};
  if (size > bound - announced_) return {too_big, "message is too big"};
  ++fragments_;
  announced_ += size;
  return {};
}

ws_event ws_decoder::take_payload(std::span<char>& input) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  const std::string_view piece{input.data(), size};
  if (role_ == ws_role::server) ws_apply_mask(input.data(), size, mask_);
  input = input.subspan(size);
  remaining_ -= size;
  if (remaining_ == 0) state_ = state::head;
  return is_control(static_cast<unsigned>(opcode_)) ? take_control(piece) : take_data(piece);
}

ws_event ws_decoder::take_control(std::string_view piece) {
  const bool whole = remaining_ == 0;
  if (whole && (!held_ || held_->control.empty())) return control_event(piece);
  hold().control.append(piece);
  if (!whole) return {};
  return control_event(held_->control);
}

ws_event ws_decoder::take_data(std::string_view piece) {
  const bool last = fin_ && remaining_ == 0;
  if (last && !deflated_ && (!held_ || held_->message.empty())) {
    if (message_ == ws_opcode::text && !base::valid_utf8(piece)) return fail({bad_data, "text is not UTF-8"});
    return message_event(piece);
  }
  if (piece.empty() && !last) return {};
  if (const auto wrong = deflated_ ? gather_inflated(piece, last) : gather(piece, last); wrong.code != 0) return fail(wrong);
  if (!last) return {};
  return message_event(held_->message);
}

// The string doubles as it grows: never more than twice what has come, whatever was announced.
ws_decoder::verdict ws_decoder::gather(std::string_view piece, bool last) {
  auto& held = hold();
  if (message_ == ws_opcode::text) {
    if (!base::utf8_feed(held.utf8, piece) || (last && !complete(held.utf8))) return {bad_data, "text is not UTF-8"};
  }
  held.message.append(piece);
  return {};
}

ws_decoder::verdict ws_decoder::gather_inflated(std::string_view piece, bool last) {
  auto& held = hold();
  const auto before = held.message.size();
  const auto status = inflater_->inflate(piece, last, held.message, limits_->max_message_bytes);
  if (status == ws_inflater::status::too_big) return {too_big, "inflated message is too big"};
  if (status == ws_inflater::status::corrupt) return {bad_data, "deflated data is corrupt"};
  if (message_ == ws_opcode::text) {
    const auto text = std::string_view(held.message).substr(before);
    if (!base::utf8_feed(held.utf8, text) || (last && !complete(held.utf8))) return {bad_data, "text is not UTF-8"};
  }
  return {};
}

ws_event ws_decoder::control_event(std::string_view payload) noexcept {
  if (opcode_ == ws_opcode::ping) return {ws_event::what::ping, 0, payload};
  if (opcode_ == ws_opcode::pong) return {ws_event::what::pong, 0, payload};
  if (payload.size() == 1) return fail({protocol_error, "close payload of one byte"});
  if (payload.empty()) {
    state_ = state::finished;
    return {ws_event::what::close, no_code, {}};
  }
  const auto code = static_cast<std::uint16_t>(big_endian(payload.data(), 2));
  if (!ws_valid_close_code(code)) return fail({protocol_error, "close code is not allowed"});
  if (!base::valid_utf8(payload.substr(2))) return fail({bad_data, "close reason is not UTF-8"});
  state_ = state::finished;
  return {ws_event::what::close, code, payload.substr(2)};
}

ws_event ws_decoder::message_event(std::string_view payload) noexcept {
  const auto kind = message_ == ws_opcode::text ? ws_event::what::text : ws_event::what::binary;
  message_ = ws_opcode::continuation;
  return {kind, 0, payload};
}

ws_event ws_decoder::fail(verdict why) noexcept {
  state_ = state::finished;
  held_.reset();
  inflater_.reset();
  return {ws_event::what::error, why.code, why.text};
}

ws_decoder::gathering& ws_decoder::hold() {
  if (!held_) held_ = std::make_unique<gathering>();
  return *held_;
}

// What the last event showed may go now; a message or control frame in progress keeps what it has.
void ws_decoder::release() noexcept {
  if (!held_ || state_ == state::payload) return;
  if (state_ == state::head && message_ != ws_opcode::continuation) {
    held_->control.clear();
  } else {
    held_.reset();
  }
}

std::size_t ws_decoder::held_bytes() const noexcept {
  return held_ ? sizeof(gathering) + held_->message.capacity() + held_->control.capacity() : 0;
}

}  // namespace jackfield::wire
