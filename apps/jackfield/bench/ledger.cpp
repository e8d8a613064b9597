#include "ledger.hpp"

#include <utility>

namespace jackfield::bench {

std::size_t audience::add_place() {
  since_.push_back(0);
  if (since_.size() > bits_.size() * 64) bits_.push_back(0);
  return since_.size() - 1;
}

void audience::enter(std::size_t place, std::uint32_t since) {
  since_[place] = since;
  if (present(place)) return;
  bits_[place / 64] |= std::uint64_t{1} << (place % 64);
  ++count_;
}

void audience::leave(std::size_t place) {
  if (!present(place)) return;
  bits_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
  --count_;
}

std::uint32_t ledger::add(entry e) {
  outstanding_ += e.missing;
  entries_.push_back(std::move(e));
  const auto number = first_ + static_cast<std::uint32_t>(entries_.size()) - 1;
  drop_finished();
  return number;
}

std::uint32_t ledger::open_for(std::uint32_t sender, nanos meant) {
  entry e;
  e.meant = meant;
  e.sender = sender;
  e.missing = 1;
  return add(std::move(e));
}

std::uint32_t ledger::open_for(const audience& all, std::uint32_t sender, nanos meant) {
  entry e;
  e.meant = meant;
  e.sender = sender;
  e.all = &all;
  e.missing = static_cast<std::uint32_t>(all.count_);
  if (!spare_.empty()) {
    e.waiting = std::move(spare_.back());
    spare_.pop_back();
  }
  e.waiting.assign(all.bits_.begin(), all.bits_.end());
  return add(std::move(e));
}

void ledger::open_upto(std::uint32_t message, const audience& all, nanos meant) {
  while (static_cast<std::int32_t>(message - next()) >= 0) open_for(all, 0, meant);
}

void ledger::settle(entry& e, std::uint64_t copies) noexcept {
  e.missing -= static_cast<std::uint32_t>(copies);
  if (e.given_up)
    lost_ -= copies;
  else
    outstanding_ -= copies;
}

arrival ledger::judge_absent(const entry& e, std::uint32_t message, std::uint32_t receiver) noexcept {
  if (!e.all) return e.sender == receiver ? arrival::twice : arrival::unknown;
  if (receiver >= e.all->places()) return arrival::unknown;
  return e.all->precedes(message, receiver) ? arrival::not_meant : arrival::twice;
}

arrival ledger::judge_dropped(std::uint32_t message, std::uint32_t receiver, const audience* in) const noexcept {
  if (in && receiver < in->places() && in->precedes(message, receiver)) return arrival::not_meant;
  return static_cast<std::int32_t>(message - forgotten_) < 0 ? arrival::late : arrival::twice;
}

receipt ledger::receive(std::uint32_t message, std::uint32_t receiver, const audience* in) {
  if (static_cast<std::int32_t>(message - next()) >= 0) return {};
  if (static_cast<std::int32_t>(message - first_) < 0) return {judge_dropped(message, receiver, in)};
  entry& e = entries_[message - first_];
  const std::size_t word = receiver / 64;
  const std::uint64_t bit = std::uint64_t{1} << (receiver % 64);
  const bool waited = e.all ? word < e.waiting.size() && (e.waiting[word] & bit) : e.missing == 1 && e.sender == receiver;
  if (!waited) return {judge_absent(e, message, receiver)};
  if (e.all) e.waiting[word] &= ~bit;
  const bool given_up = e.given_up;
  const std::uint32_t sender = e.sender;
  settle(e, 1);
  const bool complete = e.missing == 0;
  if (complete) {
    keep_memory(e);
    drop_finished();
  }
  if (given_up) {
    ++late_;
    return {arrival::late};
  }
  return {complete ? arrival::last : arrival::expected, sender};
}

// An entry in the middle keeps its place until those before it are finished, but not its memory.
void ledger::keep_memory(entry& e) {
  if (e.waiting.capacity() && spare_.size() < most_spare) spare_.push_back(std::move(e.waiting));
  e.waiting = {};
}

void ledger::drop_finished() {
  while (!entries_.empty() && (entries_.front().missing == 0 || entries_.size() > most_entries)) {
    entry& e = entries_.front();
    if (e.missing) {
      if (!e.given_up) {
        lost_ += e.missing;
        outstanding_ -= e.missing;
      }
      forgotten_ = first_ + 1;
    }
    keep_memory(e);
    entries_.pop_front();
    ++first_;
    if (given_upto_) --given_upto_;
  }
}

void ledger::write_off(const audience& all, std::uint32_t place) {
  const std::uint64_t bit = std::uint64_t{1} << (place % 64);
  for (entry& e : entries_) {
    if (e.all != &all || e.missing == 0 || place / 64 >= e.waiting.size() || !(e.waiting[place / 64] & bit)) continue;
    e.waiting[place / 64] &= ~bit;
    if (e.given_up) continue;  // it was lost before the receiver went
    settle(e, 1);
    ++written_off_;
    if (e.missing == 0) keep_memory(e);
  }
  drop_finished();
}

void ledger::write_off(std::uint32_t sender) {
  for (entry& e : entries_) {
    if (e.all || e.missing == 0 || e.given_up || e.sender != sender) continue;
    settle(e, 1);
    ++written_off_;
  }
  drop_finished();
}

std::uint64_t ledger::give_up(nanos meant_before) {
  std::uint64_t copies = 0;
  for (; given_upto_ < entries_.size() && entries_[given_upto_].meant < meant_before; ++given_upto_) {
    entry& e = entries_[given_upto_];
    e.given_up = true;
    copies += e.missing;
    outstanding_ -= e.missing;
    lost_ += e.missing;
  }
  return copies;
}

}  // namespace jackfield::bench
