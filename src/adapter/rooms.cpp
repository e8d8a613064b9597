#include "adapter/rooms.hpp"

#include <algorithm>

namespace jackfield::adapter {

void rooms::enter(member& m) {
  m.place_ = static_cast<std::uint32_t>(everybody_.size());
  everybody_.push_back(&m);
  ids_.insert(&m);
  id_lengths_ |= length_bit(m.member_id());
  m.registered_ = true;
  ++live_;
  tell(room_change::created, m.member_id(), m.member_id());
  tell(room_change::joined, m.member_id(), m.member_id());
}

void rooms::exit(member& m) {
  leave_all(m);
  if (!m.registered_) return;
  m.registered_ = false;
  ids_.erase(&m);
  --live_;
  if (walkers_ != 0) {
    everybody_[m.place_] = nullptr;
  } else {
    member* last = everybody_.back();
    everybody_[m.place_] = last;
    last->place_ = m.place_;
    everybody_.pop_back();
  }
  tell(room_change::left, m.member_id(), m.member_id());
  tell(room_change::deleted, m.member_id(), m.member_id());
}

void rooms::tidy_everybody() {
  std::erase(everybody_, nullptr);
  for (std::size_t i = 0; i < everybody_.size(); ++i) everybody_[i]->place_ = static_cast<std::uint32_t>(i);
}

member* rooms::find(std::string_view id) const noexcept {
  if ((id_lengths_ & length_bit(id)) == 0) return nullptr;
  const auto at = ids_.find(id);
  return at == ids_.end() ? nullptr : *at;
}

bool rooms::sits(const member& m, const room& r) noexcept {
  return std::any_of(m.rooms_.begin(), m.rooms_.end(), [&r](const member::membership& s) { return s.in == &r; });
}

bool rooms::join(member& m, std::string_view name) {
  if (name == m.member_id()) return false;  // it is there anyhow
  auto at = rooms_.find(name);
  if (at == rooms_.end()) {
    auto fresh = std::make_unique<room>();
    fresh->name_.assign(name);
    const std::string_view key = fresh->name_;
    at = rooms_.emplace(key, std::move(fresh)).first;
  } else if (sits(m, *at->second)) {
    return false;
  }
  room& r = *at->second;
  const bool fresh = r.live_ == 0;  // may be left from a walk that is under way
  m.rooms_.push_back({&r, static_cast<std::uint32_t>(r.seats_.size())});
  r.seats_.push_back({&m, static_cast<std::uint32_t>(m.rooms_.size() - 1)});
  ++r.live_;
  if (fresh) tell(room_change::created, name, m.member_id());
  tell(room_change::joined, name, m.member_id());
  return true;
}

/// Takes m's index-th membership away; both sides put their last one into the hole.
void rooms::unseat(member& m, std::size_t index) {
  const auto [in, seat] = m.rooms_[index];
  room& r = *in;
  m.rooms_[index] = m.rooms_.back();
  m.rooms_.pop_back();
  if (index < m.rooms_.size()) m.rooms_[index].in->seats_[m.rooms_[index].seat].index = static_cast<std::uint32_t>(index);
  --r.live_;
  if (r.walkers_ != 0) {
    r.seats_[seat].who = nullptr;
  } else {
    r.seats_[seat] = r.seats_.back();
    r.seats_.pop_back();
    if (seat < r.seats_.size()) r.seats_[seat].who->rooms_[r.seats_[seat].index].seat = seat;
  }
  if (!watcher_) {
    if (r.live_ == 0) tidy(r);
    return;
  }
  const std::string name = r.name_;
  const bool emptied = r.live_ == 0;
  if (emptied) tidy(r);
  tell(room_change::left, name, m.member_id());
  if (emptied) tell(room_change::deleted, name, m.member_id());
}

bool rooms::leave(member& m, std::string_view name) {
  const room* r = lookup(name);
  if (r == nullptr) return false;
  for (std::size_t i = 0; i < m.rooms_.size(); ++i) {
    if (m.rooms_[i].in == r) return unseat(m, i), true;
  }
  return false;
}

void rooms::leave_all(member& m) {
  while (!m.rooms_.empty()) unseat(m, m.rooms_.size() - 1);
}

/// Closes the gaps that were left for walkers; a room without members ends. Not while somebody walks.
void rooms::tidy(room& r) {
  if (r.walkers_ != 0) return;
  if (r.live_ == 0) {
    rooms_.erase(std::string_view(r.name_));
    return;
  }
  std::erase_if(r.seats_, [](const room::seat& s) { return s.who == nullptr; });
  for (std::size_t i = 0; i < r.seats_.size(); ++i) {
    r.seats_[i].who->rooms_[r.seats_[i].index].seat = static_cast<std::uint32_t>(i);
  }
}

bool rooms::in_room(const member& m, std::string_view name) const noexcept {
  if (m.registered_ && name == m.member_id()) return true;
  const room* r = lookup(name);
  return r != nullptr && sits(m, *r);
}

std::vector<std::string> rooms::rooms_of(const member& m) const {
  std::vector<std::string> out;
  out.reserve(m.rooms_.size() + 1);
  if (m.registered_) out.emplace_back(m.member_id());
  for (const auto& s : m.rooms_) out.push_back(s.in->name_);
  return out;
}

const room* rooms::find_room(std::string_view name) const noexcept {
  const room* r = lookup(name);
  return r != nullptr && r->live_ != 0 ? r : nullptr;
}

/// Marks who is in a room of this name, or has it as id; adds those not marked yet.
void rooms::mark(std::string_view name, std::uint64_t with, std::vector<member*>* into) {
  const auto one = [&](member* m) {
    if (m == nullptr || m->mark_ >= with) return;  // `with` or an exception of the same walk
    m->mark_ = with;
    if (into != nullptr && m->registered_) into->push_back(m);
  };
  one(find(name));
  if (room* r = lookup(name)) {
    for (const auto& s : r->seats_) one(s.who);
  }
}

/// No user code runs in here, so marks of two walks never mix. Exceptions bear the higher mark.
std::vector<member*> rooms::gather(const audience& a) {
  std::vector<member*> out;
  if (!spare_.empty()) {
    out = std::move(spare_.back());
    spare_.pop_back();
  }
  const std::uint64_t wanted = ++marks_, unwanted = ++marks_;
  for (auto name : a.except) mark(name, unwanted, nullptr);
  for (auto name : a.in) mark(name, wanted, &out);
  if (a.in.empty()) {
    for (member* m : everybody_) {
      if (m != nullptr && m->mark_ != unwanted) out.push_back(m);
    }
  }
  if (a.but != nullptr) std::erase(out, a.but);
  return out;
}

void rooms::keep(std::vector<member*>&& list) {
  if (spare_.size() >= 4 || list.capacity() > 1u << 20) return;
  list.clear();
  spare_.push_back(std::move(list));
}

std::vector<std::string> rooms::names() const {
  std::vector<std::string> all;
  all.reserve(rooms_.size());
  for (const auto& [name, r] : rooms_) {
    if (r->size() > 0) all.emplace_back(name);
  }
  return all;
}

}  // namespace jackfield::adapter
