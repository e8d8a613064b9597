#include "protocol/sio_text.hpp"

#include "base/utf8.hpp"

#include <charconv>
#include <utility>

namespace jackfield::protocol {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The digits at the front of text, which they are taken from.
std::string_view take_digits(std::string_view& text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  const auto digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

/// False: above `at_most`. REQUIRES: digits.
bool to_number(std::string_view digits, std::uint64_t at_most, std::uint64_t& out) noexcept {
  const auto r = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return r.ec == std::errc() && out <= at_most;
}

std::string_view without_blanks(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

void append_decimal(std::string& out, std::uint64_t n) {
  char buffer[20];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, n).ptr);
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
    const auto digits = take_digits(rest_);
    if (digits.empty() || rest_.empty() || rest_[0] != '-') return sio_error::illegal_attachments;
    rest_.remove_prefix(1);
    std::uint64_t n;
    if (!to_number(digits, limits_.attachments, n)) return sio_error::too_many_attachments;
    if (n == 0) return sio_error::illegal_attachments;
    announced_ = static_cast<std::size_t>(n);
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
    const auto digits = take_digits(rest_);
    if (digits.empty()) return sio_error::none;
    std::uint64_t id;
    if (!to_number(digits, largest_id, id)) return sio_error::invalid_id;
    packet_.id = id;
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
  if (attachments > 0 && type == sio_type::event) type = sio_type::binary_event;
  if (attachments > 0 && type == sio_type::ack) type = sio_type::binary_ack;
  out += static_cast<char>('0' + static_cast<int>(type));
  if (attachments > 0) {
    append_decimal(out, attachments);
    out += '-';
  }
  if (nsp != "/") (out += nsp) += ',';
  if (id) append_decimal(out, *id);
}

}  // namespace jackfield::protocol
