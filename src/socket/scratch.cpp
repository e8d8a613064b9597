#include "socket/scratch.hpp"

#include "protocol/sio_text.hpp"
#include "socket/sending.hpp"

#include <array>
#include <memory>

namespace jackfield::sio {
namespace {

constexpr std::size_t keep_bytes = 1u << 20;  // larger ones are not kept

/// A thread's own, the last used on top.
struct shelf {
  std::array<std::unique_ptr<scratch>, 8> kept;
  std::size_t count = 0;
};

shelf& store() noexcept {
  thread_local shelf s;
  return s;
}

}  // namespace

void scratch::finish(const parser* by, packet_type type, std::string_view nsp, std::optional<std::uint64_t> id) {
  text += ']';
  if (by != nullptr) [[unlikely]] {
    translated = true;
    return by->encode({type, nsp, id, json(), attachments}, wire);
  }
  if (const auto most = protocol::header_bytes_at_most(nsp); most > begin) [[unlikely]] {
    text.insert(0, most - begin, ' ');
    json_at += most - begin;
    begin = most;
  }
  const auto as = static_cast<protocol::sio_type>(type);
  const char* const from = protocol::write_header_before(text.data() + begin, as, nsp, id, attachments.size());
  begin = static_cast<std::size_t>(from - text.data());
}

void scratch::pack(std::string_view json, std::span<const bytes> binary) {
  text.replace(header_room, std::string::npos, json);
  for (const auto& b : binary) attachments.emplace_back(b);
}

std::span<const engine::message_view> scratch::views() {
  group.clear();
  if (translated) [[unlikely]] {
    append_views(wire, group);
    return group;
  }
  group.push_back({protocol::payload_kind::text, std::string_view(text).substr(begin)});
  for (auto a : attachments) group.push_back({protocol::payload_kind::binary, as_chars(a)});
  return group;
}

std::vector<engine::message> scratch::owned() {
  std::vector<engine::message> out;
  const auto all = views();
  out.reserve(all.size());
  for (const auto& m : all) out.push_back({m.kind, base::shared_bytes(m.data)});
  return out;
}

void scratch::clear() noexcept {
  if (text.size() > header_room) text.resize(header_room);
  begin = json_at = header_room;
  attachments.clear();
  kept.clear();
  group.clear();
  wire.clear();
  translated = false;
}

scratch* lease() {
  auto& s = store();
  if (s.count == 0) {
    auto fresh = std::make_unique<scratch>();
    fresh->text.resize(scratch::header_room);
    return fresh.release();
  }
  return s.kept[--s.count].release();
}

void give_back(scratch* p) noexcept {
  std::unique_ptr<scratch> mine(p);
  auto& s = store();
  if (s.count == s.kept.size() || mine->text.capacity() + mine->wire.capacity() > keep_bytes) return;
  mine->clear();
  s.kept[s.count++] = std::move(mine);
}

}  // namespace jackfield::sio
