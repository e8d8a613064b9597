#include "net/outbox.hpp"

#include "net/worker.hpp"

namespace jackfield::net {

namespace {
constexpr std::size_t most_blank = 4;
}  // namespace

void outbox::join(std::shared_ptr<const team> t) {
  team_ = std::move(t);
  written_to_.resize(team_->size());
}

worker* outbox::member(const base::host* h) const noexcept {
  if (!team_ || h->number() >= team_->size()) return nullptr;
  worker* const w = (*team_)[h->number()];
  return w == h ? w : nullptr;
}

base::letter_sheet* outbox::sheet(std::size_t to, std::size_t cost) {
  auto& s = written_to_[to];
  if (s && !s->has_room(cost)) hand_in(to);
  if (!s) {
    if (blank_.empty()) blank_.push_back(std::make_unique<base::letter_sheet>());
    s = std::move(blank_.back());
    blank_.pop_back();
    ++written_;
  }
  return s->has_room(cost) ? s.get() : nullptr;
}

void outbox::hand_in(std::size_t to) {
  auto s = std::move(written_to_[to]);
  if (!s) return;
  --written_;
  worker& w = *(*team_)[to];
  w.post([&w, s = std::move(s)]() mutable {
    s->call_all();
    w.for_others().take_back(std::move(s));
  });
}

void outbox::hand_in_all() {
  for (std::size_t i = 0; written_ != 0 && i < written_to_.size(); ++i) hand_in(i);
}

void outbox::take_back(std::unique_ptr<base::letter_sheet> s) {
  s->clear();
  if (blank_.size() < most_blank) blank_.push_back(std::move(s));
}

}  // namespace jackfield::net
