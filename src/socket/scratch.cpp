#include "socket/scratch.hpp"

#include <cstring>
#include <memory>

namespace jackfield::sio {
namespace {

constexpr std::size_t keep_bytes = 1u << 20;  // larger ones are not kept
constexpr std::size_t keep_count = 8;

std::vector<std::unique_ptr<scratch>>& store() {
  thread_local std::vector<std::unique_ptr<scratch>> s;
  return s;
}

}  // namespace

void scratch::finish(protocol::sio_type type, std::string_view nsp, std::optional<std::uint64_t> id) {
  text += ']';
  header.clear();
  protocol::write_header(header, type, nsp, id, attachments.size());
  if (header.size() > begin) {
    text.insert(0, header.size() - begin, ' ');
    json_at += header.size() - begin;
    begin = header.size();
  }
  begin -= header.size();
  std::memcpy(text.data() + begin, header.data(), header.size());
}

std::span<const engine::message_view> scratch::views() {
  group.clear();
  group.push_back({protocol::payload_kind::text, packet()});
  for (auto a : attachments) group.push_back({protocol::payload_kind::binary, as_chars(a)});
  return group;
}

std::vector<engine::message> scratch::owned() const {
  std::vector<engine::message> out;
  out.reserve(1 + attachments.size());
  out.push_back({protocol::payload_kind::text, base::shared_bytes(packet())});
  for (auto a : attachments) out.push_back({protocol::payload_kind::binary, base::shared_bytes(as_chars(a))});
  return out;
}

void scratch::clear() noexcept {
  if (text.size() > header_room) text.resize(header_room);
  begin = json_at = header_room;
  attachments.clear();
  kept.clear();
  group.clear();
}

scratch* lease() {
  auto& s = store();
  if (s.empty()) {
    auto fresh = std::make_unique<scratch>();
    fresh->text.resize(scratch::header_room);
    return fresh.release();
  }
  scratch* out = s.back().release();
  s.pop_back();
  return out;
}

void give_back(scratch* p) noexcept {
  std::unique_ptr<scratch> mine(p);
  auto& s = store();
  if (s.size() >= keep_count || mine->text.capacity() > keep_bytes) return;
  mine->clear();
  try {
    s.push_back(std::move(mine));
  } catch (const std::bad_alloc&) {  // then it is not kept
  }
}

}  // namespace jackfield::sio
