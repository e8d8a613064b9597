#include "protocol/sio_msgpack.hpp"

#include "protocol/msgpack.hpp"
#include "protocol/sio_packet.hpp"

#include <cmath>

namespace jackfield::protocol {
namespace {

using msgpack::kind;

/// The members of a packet, in any order; of a repeated one the last counts.
class packet_reader {
 public:
  packet_reader(std::string_view message, const parser_limits& limits, packet_draft& out) noexcept
      : from_(message), limits_(limits), out_(out) {}

  decoded read() {
    msgpack::head h;
    if (!from_.take(h) || h.what != kind::map) return out_.fail("invalid packet");
    for (std::size_t left = h.size; left > 0; --left) {
      if (!member()) return overfull_ ? decoded::packet : decoded::failed;
    }
    if (!from_.at_end()) return out_.fail("trailing bytes");
    return check();
  }

 private:
  bool member() {
    const msgpack::cursor at_name = from_;
    msgpack::head h;
    if (!from_.take(h)) return fail("invalid packet");
    if (h.what != kind::string) {  // a member that nobody asks for
      from_ = at_name;
      return (from_.skip() && from_.skip()) || fail("invalid packet");
    }
    const auto name = from_.content(h);
    if (name == "type") return number(type_, "invalid packet type");
    if (name == "nsp") return nsp();
    if (name == "id") return number(id_, "invalid packet id");
    if (name == "data") return data();
    return from_.skip() || fail("invalid packet");
  }

  /// Whole numbers count in whatever form; undefined is nothing. Negative ones are refused.
  bool number(std::optional<std::uint64_t>& out, const char* why) {
    msgpack::head h;
    if (!from_.take(h)) return fail(why);
    out.reset();
    if (h.what == kind::undefined) return true;
    if (h.what == kind::unsigned_integer) {
      out = h.unsigned_integer;
    } else if (h.what == kind::integer && h.integer >= 0) {
      out = static_cast<std::uint64_t>(h.integer);
    } else if (h.what == kind::real && h.real >= 0 && h.real < 0x1p53 && std::trunc(h.real) == h.real) {
      out = static_cast<std::uint64_t>(h.real);
    }
    return (out && *out <= largest_id) || fail(why);
  }

  bool nsp() {
    msgpack::head h;
    if (!from_.take(h) || h.what != kind::string || h.size > limits_.nsp_bytes) return fail("invalid namespace");
    out_.nsp = from_.content(h);
    has_nsp_ = true;
    return true;
  }

  bool data() {
    out_.json.clear();
    out_.attachments.clear();
    if (from_.at_undefined()) return from_.skip();
    switch (msgpack::to_json(from_, limits_.depth, limits_.attachments, out_.json, out_.attachments)) {
      case msgpack::fault::none: return true;
      case msgpack::fault::too_many_attachments: overfull_ = true; return false;
      case msgpack::fault::ambiguous: return fail(text_of(sio_error::illegal_attachments));
      default: return fail("invalid payload");
    }
  }

  /// What adopting the draft does not look at.
  decoded check() {
    constexpr auto last = static_cast<std::uint64_t>(packet_type::connect_error);
    if (!type_ || *type_ > last) return out_.fail("invalid packet type");
    if (!has_nsp_) return out_.fail("invalid namespace");
    out_.type = static_cast<packet_type>(*type_);
    out_.id = id_;
    const bool may_lack_data = out_.type == packet_type::connect || out_.type == packet_type::disconnect;
    if (out_.json.empty() && !may_lack_data) return out_.fail("invalid payload");
    return decoded::packet;
  }

  bool fail(std::string_view why) { return out_.fail(why), false; }

  msgpack::cursor from_;
  const parser_limits& limits_;
  packet_draft& out_;
  std::optional<std::uint64_t> type_, id_;
  bool has_nsp_ = false;
  bool overfull_ = false;  // for whoever adopts the draft to count
};

class msgpack_decoder final : public packet_decoder {
 public:
  explicit msgpack_decoder(const parser_limits& limits) noexcept : limits_(limits) {}
  decoded add(wire_message m, packet_draft& out) override {
    if (m.kind == message_kind::text) return out.fail("got text where MessagePack was expected");
    return decode_msgpack(m.data, limits_, out);
  }

 private:
  const parser_limits& limits_;
};

class msgpack_packets final : public parser {
 public:
  void encode(const packet_view& p, wire_messages& out) const override { encode_msgpack(p, out.add(message_kind::binary)); }
  std::unique_ptr<packet_decoder> decoder(const parser_limits& limits) const override {
    return std::make_unique<msgpack_decoder>(limits);
  }
};

}  // namespace

decoded decode_msgpack(std::string_view message, const parser_limits& limits, packet_draft& out) {
  return packet_reader(message, limits, out).read();
}

void encode_msgpack(const packet_view& p, std::string& out) {
  msgpack::write_map(2u + (p.json.empty() ? 0u : 1u) + (p.id ? 1u : 0u), out);
  msgpack::write_string("type", out);
  msgpack::write_unsigned(static_cast<std::uint64_t>(p.type), out);
  if (!p.json.empty()) {
    msgpack::write_string("data", out);
    msgpack::from_json(p.json, p.attachments, out);
  }
  if (p.id) {
    msgpack::write_string("id", out);
    msgpack::write_unsigned(*p.id, out);
  }
  msgpack::write_string("nsp", out);
  msgpack::write_string(p.nsp, out);
}

}  // namespace jackfield::protocol

namespace jackfield {

std::shared_ptr<const parser> msgpack_parser() {
  static const auto one = std::make_shared<const protocol::msgpack_packets>();
  return one;
}

}  // namespace jackfield
