#include "engine/packet_queue.hpp"

#include "protocol/eio_payload.hpp"

namespace jackfield::engine {

void packet_queue::push(protocol::eio_type control, base::shared_bytes data) {
  settle();
  auto& e = entries_.emplace_back();
  e.type = control;
  if (!data.empty()) e.compress = compression::allowed;
  ++live_;
  bytes_ += cost(data.size(), 1);
  e.data = std::move(data);
}

void packet_queue::push(std::span<message> group, std::uint64_t lane, const terms& t) {
  settle();
  compact();
  if (group.empty()) return;
  const auto number = end();
  std::size_t bytes = 0;
  for (auto& m : group) {
    auto& e = entries_.emplace_back();
    bytes += m.data.size();
    e.data = std::move(m.data);
    e.lane = lane;
    e.type = protocol::eio_type::message;
    e.kind = m.kind;
    e.patient = t.patient;
    e.how = t.how;
    e.compress = t.compress;
  }
  auto& head = at(number);
  head.packets = static_cast<std::uint32_t>(group.size());
  head.number = t.number;
  live_ += group.size();
  bytes_ += cost(bytes, group.size());
  enter(lane, cost(bytes, group.size()));
  if (t.key.empty()) return;
  head.key = std::make_unique<std::string>(t.key);
  if (!latest_) latest_ = std::make_unique<std::map<place, std::uint64_t>>();
  latest_->insert_or_assign(place(lane, *head.key), number);
}

bool packet_queue::replace(std::span<message> group, std::uint64_t lane, const terms& t, displacement& gone) {
  if (!latest_) return false;
  const auto known = latest_->find(place(lane, t.key));
  if (known == latest_->end()) return false;
  const auto number = known->second;
  gone.add(std::exchange(at(number).number, t.number));
  if (at(number).packets != group.size()) {  // its place is too small, or too large
    kill(number);
    push(group, lane, t);
    return true;
  }
  std::size_t before = 0, after = 0;
  for (std::size_t i = 0; i < group.size(); ++i) {
    auto& e = at(number + i);
    before += e.data.size();
    after += group[i].data.size();
    e.data = std::move(group[i].data);
    e.kind = group[i].kind;
    e.compress = t.compress;
  }
  bytes_ += after - before;
  if (auto* use = find(lane)) use->bytes += after - before;
  return true;
}

std::size_t packet_queue::bytes_of(std::uint64_t lane) const noexcept {
  for (const auto& use : lanes_)
    if (use.lane == lane) return use.bytes;
  return 0;
}

packet_queue::lane_use* packet_queue::find(std::uint64_t lane) noexcept {
  for (auto& use : lanes_)
    if (use.lane == lane) return &use;
  return nullptr;
}

void packet_queue::enter(std::uint64_t lane, std::size_t bytes) {
  if (lane == 0) return;
  if (auto* use = find(lane))
    use->bytes += bytes;
  else
    lanes_.push_back({lane, bytes, 0});
}

std::size_t packet_queue::strike(std::uint64_t number) noexcept {
  entry& head = at(number);
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < head.packets; ++i) bytes += at(number + i).data.size();
  const auto whole = cost(bytes, head.packets);
  bytes_ -= whole;
  live_ -= head.packets;
  if (auto* use = find(head.lane)) use->bytes -= whole;
  if (head.key) {
    latest_->erase(place(head.lane, *head.key));
    head.key.reset();
  }
  return whole;
}

std::size_t packet_queue::kill(std::uint64_t number) noexcept {
  const auto freed = strike(number);
  for (std::uint32_t i = 0; i < at(number).packets; ++i) {
    at(number + i).data = {};
    at(number + i).dead = true;
  }
  dead_ += at(number).packets;
  return freed;
}

// A peer that takes nothing, and a lane whose oldest give way: without this the gaps would grow for ever.
void packet_queue::compact() {
  if (dead_ < kept_packets + entries_.size() / 2) return;
  const auto from = entries_.begin() + static_cast<std::ptrdiff_t>(taken_);
  entries_.erase(std::remove_if(from, entries_.end(), [](const entry& e) { return e.dead; }), entries_.end());
  dead_ = 0;
  for (auto& use : lanes_) use.searched = 0;
  if (!latest_) return;
  for (auto number = first_ + taken_; number < end(); number += at(number).packets) {
    const entry& head = at(number);
    if (head.key) (*latest_)[place(head.lane, *head.key)] = number;
  }
}

std::span<const protocol::eio_packet> packet_queue::take(std::size_t most_bytes) {
  settle();
  batch_.clear();
  compression_ = compression::none;
  std::size_t taken = 0;
  while (taken_ < entries_.size()) {
    const auto number = first_ + taken_;
    const entry& head = at(number);
    const auto packets = head.packets;
    if (!head.dead) {
      std::size_t bytes = 0;
      for (std::uint32_t i = 0; i < packets; ++i) bytes += at(number + i).data.size();
      if (!batch_.empty() && taken + cost(bytes, packets) > most_bytes) break;
      taken += strike(number);
      for (std::uint32_t i = 0; i < packets; ++i) hand_out(at(number + i));
    } else {
      dead_ -= packets;
    }
    taken_ += packets;
  }
  return batch_;
}

void packet_queue::hand_out(const entry& e) {
  batch_.push_back({e.type, e.kind, e.data.chars()});
  if (e.compress == compression::allowed) compression_ = compression::allowed;
}

/// Of these packets in a row, separators between them included.
std::size_t packet_queue::payload_size(std::uint64_t number, std::uint32_t packets) noexcept {
  std::size_t size = packets - 1;
  for (std::uint32_t i = 0; i < packets; ++i) {
    const entry& e = at(number + i);
    size += protocol::eio_text_size({e.type, e.kind, e.data.chars()});
  }
  return size;
}

std::span<const protocol::eio_packet> packet_queue::take_payload(std::size_t most_bytes) {
  settle();
  batch_.clear();
  compression_ = compression::none;
  std::size_t size = 0;
  while (taken_ < entries_.size()) {
    const auto number = first_ + taken_;
    auto packets = at(number).packets;
    if (at(number).dead) {
      dead_ -= packets;
      taken_ += packets;
      continue;
    }
    const std::size_t separator = batch_.empty() ? 0 : 1;
    const auto more = payload_size(number, packets) + separator;
    if (more > most_bytes - std::min(size, most_bytes)) {
      if (!batch_.empty()) break;
      while (packets > 1 && payload_size(number, packets) > most_bytes) --packets;
    }
    take_part(number, packets);
    size += more;
    if (size >= most_bytes) break;
  }
  return batch_;
}

void packet_queue::take_part(std::uint64_t number, std::uint32_t packets) {
  const auto rest = at(number).packets - packets;
  strike(number);
  for (std::uint32_t i = 0; i < packets; ++i) hand_out(at(number + i));
  taken_ += packets;
  if (rest == 0) return;
  std::size_t bytes = 0;
  for (std::uint32_t i = 0; i < rest; ++i) {
    entry& e = at(number + packets + i);
    bytes += e.data.size();
    e.lane = 0;
    e.patient = patience::keep;
    e.how = delivery::regular;
  }
  at(number + packets).packets = rest;
  live_ += rest;
  bytes_ += cost(bytes, rest);
}

void packet_queue::settle() noexcept {
  if (settled_ == taken_ && taken_ < entries_.size()) return;
  for (; settled_ < taken_; ++settled_) entries_[settled_].data = {};
  const bool all = taken_ == entries_.size();
  if (!all && taken_ < kept_packets + entries_.size() / 2) return;
  first_ += taken_;
  if (all) {
    entries_.clear();
    lanes_.clear();
    if (entries_.capacity() > kept_packets) entries_ = std::vector<entry>();
    if (batch_.capacity() > kept_packets) batch_ = std::vector<protocol::eio_packet>();
  } else {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(taken_));
  }
  taken_ = settled_ = 0;
}

}  // namespace jackfield::engine
