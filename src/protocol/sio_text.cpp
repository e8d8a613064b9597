#include "protocol/sio_text.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace jackfield::protocol {

namespace {

struct number {
  std::size_t digits = 0;
  std::uint64_t value = 0;  // when it is above `at_most`: something above it
};

/// The digits at the front of text, which they are taken from. REQUIRES: at_most is at most largest_id.
number take_number(std::string_view& text, std::uint64_t at_most) noexcept {
  number n;
  for (const char c : text) {
    const auto digit = static_cast<unsigned>(static_cast<unsigned char>(c)) - '0';
    if (digit > 9) break;
    ++n.digits;
    if (n.value <= at_most) n.value = n.value * 10 + digit;  // stays in range: at_most is far below 2^60
  }
  text.remove_prefix(n.digits);
  return n;
}

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

constexpr auto pairs_of_digits = [] {
  std::array<char, 200> all{};
  for (unsigned n = 0; n < 100; ++n) {
    all[2 * n] = static_cast<char>('0' + n / 10);
    all[2 * n + 1] = static_cast<char>('0' + n % 10);
  }
  return all;
}();

/// Ends at `end`; returns where it begins.
char* decimal_before(char* end, std::uint64_t n) noexcept {
  for (; n >= 100; n /= 100) std::memcpy(end -= 2, pairs_of_digits.data() + n % 100 * 2, 2);
  if (n >= 10) {
    std::memcpy(end -= 2, pairs_of_digits.data() + n * 2, 2);
    return end;
  }
  *--end = static_cast<char>('0' + n);
  return end;
}

/// Takes one packet's text apart, from the front to the payload. Each step says what is wrong.
class reader {
 public:
  reader(std::string_view text, const sio_limits& limits, sio_scratch& scratch) noexcept
      : rest_(text), limits_(limits), scratch_(scratch), packet_(scratch.packet) {}

  sio_error read() {
    packet_ = {};
    sio_error e = read_type();
    if (e == sio_error::none && binary_) e = read_count();
    if (e == sio_error::none) e = read_nsp();
    if (e == sio_error::none) e = read_id();
    if (e == sio_error::none && !rest_.empty()) e = read_payload();
    return e;
  }
  std::size_t announced() const noexcept { return announced_; }

 private:
  sio_error read_type() noexcept {
    if (rest_.empty() || rest_[0] < '0' || rest_[0] > '6') return sio_error::unknown_type;
    packet_.type = static_cast<sio_type>(rest_[0] - '0');
    binary_ = packet_.type == sio_type::binary_event || packet_.type == sio_type::binary_ack;
    if (packet_.type == sio_type::binary_event) packet_.type = sio_type::event;
    if (packet_.type == sio_type::binary_ack) packet_.type = sio_type::ack;
    rest_.remove_prefix(1);
    return sio_error::none;
  }

  sio_error read_count() noexcept {
    const auto at_most = std::min<std::uint64_t>(limits_.attachments, largest_id);
    const auto n = take_number(rest_, at_most);
    if (n.digits == 0 || rest_.empty() || rest_[0] != '-') return sio_error::illegal_attachments;
    rest_.remove_prefix(1);
    if (n.value > at_most) return sio_error::too_many_attachments;
    if (n.value == 0) return sio_error::illegal_attachments;
    announced_ = static_cast<std::size_t>(n.value);
    return sio_error::none;
  }

  sio_error read_nsp() noexcept {
    if (rest_.empty() || rest_[0] != '/') return sio_error::none;
    const auto comma = rest_.find(',');
    packet_.nsp = rest_.substr(0, comma);
    rest_.remove_prefix(comma == std::string_view::npos ? rest_.size() : comma + 1);
    if (packet_.nsp.size() > limits_.nsp_bytes || !base::valid_utf8(packet_.nsp)) return sio_error::invalid_namespace;
    return sio_error::none;
  }

  sio_error read_id() noexcept {
    const auto n = take_number(rest_, largest_id);
    if (n.digits == 0) return sio_error::none;
    if (n.value > largest_id) return sio_error::invalid_id;
    packet_.id = n.value;
    return sio_error::none;
  }

  sio_error read_payload() {
    packet_.has_data = true;
    packet_.data = without_blanks(rest_);
    return protocol::read_payload(scratch_, limits_, announced_, naming::strings_and_numbers);
  }

  std::string_view rest_;
  const sio_limits& limits_;
  sio_scratch& scratch_;
  sio_packet& packet_;
  std::size_t announced_ = 0;
  bool binary_ = false;
};

}  // namespace

sio_decoder::outcome sio_decoder::add_text(std::string_view text) {
  scratch_.trim();
  if (unfinished_) return fail(sio_error::unexpected_text);
  reader r(text, limits_, scratch_);
  if (const auto e = r.read(); e != sio_error::none) return fail(e);
  return r.announced() == 0 ? outcome::packet : hold(text, r.announced());
}

sio_decoder::outcome sio_decoder::hold(std::string_view text, std::size_t attachments) {
  auto fresh = std::make_unique<sio_unfinished>();
  fresh->text = text;
  fresh->announced = attachments;
  fresh->held = text.size();
  unfinished_ = std::move(fresh);  // whole, or not at all when memory runs out
  return outcome::need_more;
}

/// The last attachment is not copied: the packet lives as long as the input.
sio_decoder::outcome sio_decoder::add_binary(bytes_view data) {
  scratch_.trim();
  if (!unfinished_) return fail(sio_error::unexpected_binary);
  auto& held = *unfinished_;
  if (held.attachments.size() + 1 < held.announced) {
    held.attachments.emplace_back(data.begin(), data.end());
    held.held += data.size() + sizeof(bytes);
    return outcome::need_more;
  }
  scratch_.finished = std::move(unfinished_);
  reader again(held.text, limits_, scratch_);  // items point into the copy now; other sessions used the scratch meanwhile
  if (const auto e = again.read(); e != sio_error::none) return fail(e);
  scratch_.attachments.assign(held.attachments.begin(), held.attachments.end());
  scratch_.attachments.push_back(data);
  scratch_.packet.attachments = scratch_.attachments;
  return outcome::packet;
}

void sio_decoder::reset() noexcept {
  unfinished_.reset();
  scratch_.error = sio_error::none;
}

sio_decoder::outcome sio_decoder::fail(sio_error e) noexcept {
  unfinished_.reset();
  scratch_.packet = {};
  scratch_.error = e;
  return outcome::failed;
}

void write_header(std::string& out, sio_type type, std::string_view nsp, std::optional<std::uint64_t> id,
                  std::size_t attachments) {
  const auto before = out.size();
  out.resize(before + header_bytes_at_most(nsp));
  const char* const begin = write_header_before(out.data() + out.size(), type, nsp, id, attachments);
  out.erase(before, static_cast<std::size_t>(begin - out.data()) - before);
}

char* write_header_before(char* end, sio_type type, std::string_view nsp, std::optional<std::uint64_t> id,
                          std::size_t attachments) noexcept {
  if (id) end = decimal_before(end, *id);
  if (nsp.size() != 1) {  // any but "/"
    *--end = ',';
    end -= nsp.size();
    std::memcpy(end, nsp.data(), nsp.size());
  }
  if (attachments > 0) {
    *--end = '-';
    end = decimal_before(end, attachments);
    if (type == sio_type::event) type = sio_type::binary_event;
    if (type == sio_type::ack) type = sio_type::binary_ack;
  }
  *--end = static_cast<char>('0' + static_cast<int>(type));
  return end;
}

}  // namespace jackfield::protocol
