#include "wire/header_list.hpp"
#include "wire/ws_deflate.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::wire {

namespace {

constexpr std::string_view extension = "permessage-deflate";
constexpr int absent = 0, without_value = -1;

/// One offer as it was written. Bits: absent, without_value or 8..15.
struct offer {
  bool server_no_takeover = false, client_no_takeover = false;
  int server_bits = absent, client_bits = absent;
};

/// 8..15 in decimal, without leading zeros; 0 for anything else.
int window_bits(std::string_view text) noexcept {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  if (text == "8" || text == "9") return text[0] - '0';
  return text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5' ? 10 + (text[1] - '0') : 0;
}

/// Marks a parameter without value. False: it has one, or stood there before.
bool set_flag(bool& flag, bool has_value) noexcept { return !has_value && !std::exchange(flag, true); }

bool set_bits(int& bits, std::string_view value) noexcept {
  if (bits != absent) return false;
  bits = window_bits(value);
  return bits != 0;
}

bool take_parameter(std::string_view text, offer& o) noexcept {
  const auto name = take_element(text, '=');
  const bool has_value = text.data() != nullptr;
  const auto value = trimmed(text);
  if (name == "server_no_context_takeover") return set_flag(o.server_no_takeover, has_value);
  if (name == "client_no_context_takeover") return set_flag(o.client_no_takeover, has_value);
  if (name == "server_max_window_bits") return set_bits(o.server_bits, value);
  if (name != "client_max_window_bits") return false;
  if (has_value) return set_bits(o.client_bits, value);
  return std::exchange(o.client_bits, without_value) == absent;
}

bool read_offer(std::string_view parameters, offer& o) noexcept {
  while (parameters.data() != nullptr) {
    if (!take_parameter(take_element(parameters, ';'), o)) return false;
  }
  return true;
}

/// zlib cannot deflate with a window of 8 bits: such an offer is declined. A client that keeps to 8 bits itself is no
/// trouble (a larger window inflates what a smaller one deflated), but an answer may not name more than was offered.
std::optional<deflate_params> accept(const offer& o, const deflate_params& willing) noexcept {
  if (o.server_bits == 8) return std::nullopt;
  const bool client_obeys = o.client_bits != absent && o.client_bits != 8;
  if (!client_obeys && willing.client_max_window_bits < 15) return std::nullopt;
  deflate_params agreed = willing;
  agreed.name_server_bits = o.server_bits != absent;
  if (o.server_bits != absent) agreed.server_max_window_bits = std::min(o.server_bits, willing.server_max_window_bits);
  if (o.client_bits > 8) agreed.client_max_window_bits = std::min(o.client_bits, willing.client_max_window_bits);
  if (o.server_no_takeover) agreed.server = takeover::none;
  if (o.client_no_takeover) agreed.client = takeover::none;
  return agreed;
}

}  // namespace

std::optional<deflate_params> negotiate_deflate(std::string_view offered, const deflate_params& willing) {
  while (offered.data() != nullptr) {
    auto parameters = take_element(offered, ',');
    if (take_element(parameters, ';') != extension) continue;
    offer o;
    if (!read_offer(parameters, o)) continue;
    if (auto agreed = accept(o, willing)) return agreed;
  }
  return std::nullopt;
}

std::string deflate_response(const deflate_params& agreed) {
  std::string text(extension);
  if (agreed.server == takeover::none) text += "; server_no_context_takeover";
  if (agreed.client == takeover::none) text += "; client_no_context_takeover";
  if (agreed.name_server_bits || agreed.server_max_window_bits < 15) {
    text += "; server_max_window_bits=" + std::to_string(agreed.server_max_window_bits);
  }
  if (agreed.client_max_window_bits < 15) text += "; client_max_window_bits=" + std::to_string(agreed.client_max_window_bits);
  return text;
}

std::string deflate_offer() { return std::string(extension) + "; client_max_window_bits"; }

// zlib cannot deflate with a window of 8 bits, so a server may not ask that of us; that it keeps to 8 itself is no trouble.
bool accept_deflate(std::string_view answered, std::optional<deflate_params>& agreed) {
  agreed.reset();
  if (trimmed(answered).empty()) return true;
  auto parameters = take_element(answered, ',');
  if (answered.data() != nullptr || take_element(parameters, ';') != extension) return false;
  offer o;
  if (!read_offer(parameters, o) || o.client_bits == without_value || o.client_bits == 8) return false;
  deflate_params p;
  p.server = o.server_no_takeover ? takeover::none : takeover::context;
  p.client = o.client_no_takeover ? takeover::none : takeover::context;
  if (o.server_bits != absent) p.server_max_window_bits = std::max(o.server_bits, 9);
  if (o.client_bits != absent) p.client_max_window_bits = o.client_bits;
  agreed = p;
  return true;
}

std::size_t deflate_window_bytes(const deflate_params& agreed) noexcept {
  const auto power = [](int bits) { return std::size_t{1} << bits; };
  std::size_t bytes = 0;
  if (agreed.server == takeover::context) bytes += power(agreed.server_max_window_bits + 2) + power(17);
  if (agreed.client == takeover::context) bytes += power(agreed.client_max_window_bits) + power(13);
  return bytes;
}

}  // namespace jackfield::wire
