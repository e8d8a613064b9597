#include "wire/ws_encoder.hpp"

#include "base/utf8.hpp"
#include "wire/ws_mask.hpp"

#include <algorithm>

namespace jackfield::wire {

namespace {

constexpr std::size_t max_close_reason = 123;  // a control payload of 125 less the code

}  // namespace

void ws_append_masked(std::string& out, ws_opcode op, std::string_view payload, std::uint32_t mask, bool fin, bool rsv1) {
  auto head = ws_head(op, payload.size(), rsv1);
  if (!fin) head.bytes[0] = static_cast<char>(head.bytes[0] & 0x7f);
  head.bytes[1] = static_cast<char>(static_cast<unsigned char>(head.bytes[1]) | 0x80u);
  ws_mask_key key{static_cast<char>(mask >> 24), static_cast<char>(mask >> 16), static_cast<char>(mask >> 8),
                  static_cast<char>(mask)};
  out.append(head.view());
  out.append(key.data(), key.size());
  const auto at = out.size();
  out.append(payload);
  ws_apply_mask(out.data() + at, payload.size(), key);
}

std::string ws_close_payload(std::uint16_t code, std::string_view reason) {
  if (code == 0) return {};
  reason = reason.substr(0, std::min(reason.size(), max_close_reason));
  while (!base::valid_utf8(reason)) reason.remove_suffix(1);
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code)};
  payload.append(reason);
  return payload;
}

bool ws_valid_close_code(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace jackfield::wire
