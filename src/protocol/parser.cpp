// What the public parser interface brings along.
#include "base/json.hpp"
#include "protocol/sio_packet.hpp"

#include <jackfield/parser.hpp>

namespace jackfield {
namespace {

/// Trees into drafts. Keeps the tree: the draft's attachments are its.
class tree_decoder final : public packet_decoder {
 public:
  tree_decoder(const tree_parser& p, const parser_limits& limits) noexcept : parser_(p), limits_(limits) {}

  decoded add(wire_message m, packet_draft& out) override {
    auto got = parser_.read(m);
    if (!got) return out.fail(got.error().text);
    tree_ = std::move(got->data);
    out.type = got->type;
    out.nsp = std::move(got->nsp);
    out.id = got->id;
    if (tree_ && !base::json::write(*tree_, out.json, out.attachments, limits_.depth)) {
      return out.fail(protocol::text_of(protocol::sio_error::invalid_payload));
    }
    return decoded::packet;
  }

 private:
  const tree_parser& parser_;
  const parser_limits& limits_;
  std::optional<value> tree_;
};

}  // namespace

std::string& wire_messages::add(message_kind kind) {
  if (size_ == all_.size()) all_.emplace_back();
  auto& e = all_[size_++];
  e.kind = kind;
  e.data.clear();
  return e.data;
}

std::size_t wire_messages::capacity() const noexcept {
  std::size_t n = all_.capacity() * sizeof(entry);
  for (const auto& e : all_) n += e.data.capacity();
  return n;
}

void packet_draft::clear() noexcept {
  type = packet_type::event;
  nsp = "/";
  id.reset();
  json.clear();
  attachments.clear();
  why.clear();
}

void tree_parser::encode(const packet_view& p, wire_messages& out) const {
  packet_tree tree{p.type, std::string(p.nsp), p.id, std::nullopt};
  if (!p.json.empty()) base::json::parse(p.json, p.attachments, tree.data.emplace(), base::json::max_depth);
  write(tree, out);
}

std::unique_ptr<packet_decoder> tree_parser::decoder(const parser_limits& limits) const {
  return std::make_unique<tree_decoder>(*this, limits);
}

}  // namespace jackfield
