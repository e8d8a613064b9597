#include "wire/ws_decoder.hpp"

#include "base/utf8.hpp"
#include "wire/ws_deflate.hpp"

#include <algorithm>

namespace jackfield::wire {

// What a peer can do wrong: the close code that answers it, and the words for people.
struct ws_fault {
  std::uint16_t code;
  std::string_view text;
};

namespace {

namespace faults {
constexpr ws_fault reserved_bits{1002, "reserved bits are set"};
constexpr ws_fault rsv1{1002, "RSV1 must be clear"};
constexpr ws_fault opcode{1002, "reserved opcode"};
constexpr ws_fault fragmented_control{1002, "fragmented control frame"};
constexpr ws_fault long_control{1002, "control frame is too long"};
constexpr ws_fault no_message{1002, "continuation without a message"};
constexpr ws_fault in_message{1002, "new message inside a fragmented one"};
constexpr ws_fault masked{1002, "frame from a server is masked"};
constexpr ws_fault not_masked{1002, "frame from a client is not masked"};
constexpr ws_fault not_shortest{1002, "length is not in its shortest form"};
constexpr ws_fault top_bit{1002, "top bit of the length is set"};
constexpr ws_fault short_close{1002, "close payload of one byte"};
constexpr ws_fault close_code{1002, "close code is not allowed"};
constexpr ws_fault close_reason{1007, "close reason is not UTF-8"};
constexpr ws_fault text{1007, "text is not UTF-8"};
constexpr ws_fault corrupt{1007, "deflated data is corrupt"};
constexpr ws_fault fragments{1008, "message has too many fragments"};
constexpr ws_fault size{1009, "message is too big"};
constexpr ws_fault inflated_size{1009, "inflated message is too big"};
}  // namespace faults

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
  std::uint64_t announced = 0;  // payload bytes of all frames of this message so far
  std::size_t fragments = 0;    // frames of this message so far
  std::string message;
  std::string control;
  base::utf8_state utf8;
};

ws_decoder::ws_decoder(ws_role role, const ws_limits& limits) noexcept : limits_(&limits), role_(role) {
  static_assert(sizeof(ws_decoder) <= 56, "every WebSocket connection pays for this");
}

ws_decoder::~ws_decoder() = default;

void ws_decoder::set_inflater(std::unique_ptr<ws_inflater> inflater) noexcept { inflater_ = std::move(inflater); }

ws_event ws_decoder::next(std::span<char>& input) {
  if (is_short_message(input)) return take_short_message(input);
  release();
  while (state_ != state::finished) {
    if (state_ == state::head) {
      if (const auto wrong = read_head(input); wrong != nullptr) {
        input = input.last(0);
        return fail(*wrong);
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

/// A whole message of a client lies in the input as one short frame, and nothing is unfinished: so nearly every frame comes.
/// What is asked here is what read_head() and count_frame() ask.
inline bool ws_decoder::is_short_message(std::span<const char> input) const noexcept {
  constexpr std::size_t head = 2 + sizeof mask_;
  const bool between = state_ == state::head && head_size_ == 0 && !held_ && message_ == ws_opcode::continuation;
  if (!between || role_ != ws_role::server || input.size() < head) return false;
  const auto first = static_cast<unsigned char>(input[0]), second = static_cast<unsigned char>(input[1]);
  const std::size_t size = second & length_bits;
  const bool message = first == (fin_bit | unsigned{1}) || first == (fin_bit | unsigned{2});
  return message && (second & mask_bit) != 0 && size < 126 && input.size() - head >= size && size <= limits_->max_message_bytes &&
         limits_->max_fragments > 0;
}

inline ws_event ws_decoder::take_short_message(std::span<char>& input) noexcept {
  char* const at = input.data();
  const bool text = static_cast<ws_opcode>(static_cast<unsigned char>(at[0]) & opcode_bits) == ws_opcode::text;
  const std::size_t size = static_cast<unsigned char>(at[1]) & length_bits;
  ws_mask_key key;
  std::memcpy(key.data(), at + 2, key.size());
  char* const payload = at + 2 + key.size();
  ws_apply_mask(payload, size, key);
  const std::string_view data(payload, size);
  input = input.subspan(2 + key.size() + size);
  if (!text) return {ws_event::what::binary, 0, data};
  if (base::valid_utf8(data)) return {ws_event::what::text, 0, data};
  input = input.last(0);
  return fail(faults::text);
}

// What every frame passes through is inline: small frames cost a fifth less (bench/ws_bench).
//
// A head that lies whole in the input is read where it lies; otherwise its bytes are collected.
inline ws_decoder::verdict ws_decoder::read_head(std::span<char>& input) {
  if (head_size_ != 0 || input.size() < 2) return collect_head(input);
  const auto first = static_cast<unsigned char>(input[0]), second = static_cast<unsigned char>(input[1]);
  const auto size = head_size(second);
  if (input.size() < size) return collect_head(input);
  if (const auto wrong = check_first(first); wrong != nullptr) return wrong;
  if (const auto wrong = check_second(first, second); wrong != nullptr) return wrong;
  const char* head = input.data();
  input = input.subspan(size);
  return open_frame(head);
}

ws_decoder::verdict ws_decoder::collect_head(std::span<char>& input) {
  while (!input.empty()) {
    head_[head_size_++] = input.front();
    input = input.subspan(1);
    const auto first = static_cast<unsigned char>(head_[0]), second = static_cast<unsigned char>(head_[1]);
    verdict wrong = nullptr;
    if (head_size_ == 1) wrong = check_first(first);
    if (head_size_ == 2) wrong = check_second(first, second);
    if (wrong != nullptr) return wrong;
    if (head_size_ >= 2 && head_size_ == head_size(second)) return open_frame(head_.data());
  }
  return nullptr;
}

inline ws_decoder::verdict ws_decoder::check_first(unsigned char first) const noexcept {
  const unsigned opcode = first & opcode_bits;
  if ((first & rsv23_bits) != 0) return &faults::reserved_bits;
  if ((first & rsv1_bit) != 0 && (!inflater_ || is_control(opcode) || opcode == 0)) return &faults::rsv1;
  if ((opcode > 2 && opcode < 8) || opcode > 10) return &faults::opcode;
  if (is_control(opcode)) {
    return (first & fin_bit) != 0 ? nullptr : &faults::fragmented_control;
  }
  const bool in_message = message_ != ws_opcode::continuation;
  if (opcode == 0 && !in_message) return &faults::no_message;
  if (opcode != 0 && in_message) return &faults::in_message;
  return nullptr;
}

inline ws_decoder::verdict ws_decoder::check_second(unsigned char first, unsigned char second) const noexcept {
  const bool masked = (second & mask_bit) != 0;
  if (masked != (role_ == ws_role::server)) {
    return masked ? &faults::masked : &faults::not_masked;
  }
  if (is_control(first & opcode_bits) && (second & length_bits) > max_control) return &faults::long_control;
  return nullptr;
}

// `head` is whole and its first two bytes are checked.
inline ws_decoder::verdict ws_decoder::open_frame(const char* head) {
  const auto first = static_cast<unsigned char>(head[0]), second = static_cast<unsigned char>(head[1]);
  std::uint64_t size = second & length_bits;
  const char* behind = head + 2;
  if (size == 126) {
    size = big_endian(behind, 2);
    behind += 2;
    if (size < 126) return &faults::not_shortest;
  } else if (size == 127) {
    size = big_endian(behind, 8);
    behind += 8;
    if (size >> 63 != 0) return &faults::top_bit;
    if (size < 65536) return &faults::not_shortest;
  }
  opcode_ = static_cast<ws_opcode>(first & opcode_bits);
  if (!is_control(first & opcode_bits)) {
    if (const auto wrong = count_frame(opcode_, first, size); wrong != nullptr) return wrong;
  }
  if (role_ == ws_role::server) std::memcpy(mask_.data(), behind, mask_.size());
  fin_ = (first & fin_bit) != 0;
  remaining_ = size;
  head_size_ = 0;
  state_ = state::payload;
  return nullptr;
}

// A data frame joins its message; what the message may be is decided before its payload is read. Only messages of several
// frames are counted: held_ begins with their first one.
inline ws_decoder::verdict ws_decoder::count_frame(ws_opcode opcode, unsigned char first, std::uint64_t size) {
  const bool begins = opcode != ws_opcode::continuation;
  if (begins) {
    message_ = opcode;
    deflated_ = (first & rsv1_bit) != 0;
  }
  const std::uint64_t bound = deflated_ ? deflated_bound(limits_->max_message_bytes) : limits_->max_message_bytes;
  const std::size_t fragments = begins ? 0 : held_->fragments;
  const std::uint64_t announced = begins ? 0 : held_->announced;
  if (fragments >= limits_->max_fragments) return &faults::fragments;
  if (size > bound - announced) return &faults::size;
  if (begins && (first & fin_bit) != 0) return nullptr;
  hold().fragments = fragments + 1;
  held_->announced = announced + size;
  return nullptr;
}

inline ws_event ws_decoder::take_payload(std::span<char>& input) {
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

inline ws_event ws_decoder::take_data(std::string_view piece) {
  const bool last = fin_ && remaining_ == 0;
  if (last && !deflated_ && (!held_ || held_->message.empty())) {
    if (message_ == ws_opcode::text && !base::valid_utf8(piece)) return fail(faults::text);
    return message_event(piece);
  }
  if (piece.empty() && !last) return {};
  if (const auto wrong = deflated_ ? gather_inflated(piece, last) : gather(piece, last); wrong != nullptr) return fail(*wrong);
  if (!last) return {};
  return message_event(held_->message);
}

// The string doubles as it grows: never more than twice what has come, whatever was announced.
ws_decoder::verdict ws_decoder::gather(std::string_view piece, bool last) {
  auto& held = hold();
  if (message_ == ws_opcode::text) {
    if (!base::utf8_feed(held.utf8, piece) || (last && !complete(held.utf8))) return &faults::text;
  }
  held.message.append(piece);
  return nullptr;
}

// What came out before a fault is looked at first: which fault is told does not depend on how the input was cut.
ws_decoder::verdict ws_decoder::gather_inflated(std::string_view piece, bool last) {
  using status = ws_inflater::status;
  auto& held = hold();
  const auto before = held.message.size();
  const auto outcome = inflater_->inflate(piece, last, held.message, limits_->max_message_bytes);
  if (message_ == ws_opcode::text) {
    const auto text = std::string_view(held.message).substr(before);
    const bool whole = last && outcome == status::ok;
    if (!base::utf8_feed(held.utf8, text) || (whole && !complete(held.utf8))) return &faults::text;
  }
  if (outcome == status::too_big) return &faults::inflated_size;
  if (outcome == status::corrupt) return &faults::corrupt;
  return nullptr;
}

ws_event ws_decoder::control_event(std::string_view payload) noexcept {
  if (opcode_ == ws_opcode::ping) return {ws_event::what::ping, 0, payload};
  if (opcode_ == ws_opcode::pong) return {ws_event::what::pong, 0, payload};
  if (payload.size() == 1) return fail(faults::short_close);
  if (payload.empty()) {
    state_ = state::finished;
    return {ws_event::what::close, no_code, {}};
  }
  const auto code = static_cast<std::uint16_t>(big_endian(payload.data(), 2));
  if (!ws_valid_close_code(code)) return fail(faults::close_code);
  if (!base::valid_utf8(payload.substr(2))) return fail(faults::close_reason);
  state_ = state::finished;
  return {ws_event::what::close, code, payload.substr(2)};
}

inline ws_event ws_decoder::message_event(std::string_view payload) noexcept {
  const auto kind = message_ == ws_opcode::text ? ws_event::what::text : ws_event::what::binary;
  message_ = ws_opcode::continuation;
  return {kind, 0, payload};
}

ws_event ws_decoder::fail(const ws_fault& why) noexcept {
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
inline void ws_decoder::release() noexcept {
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
