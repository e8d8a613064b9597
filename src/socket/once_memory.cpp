#include "socket/once_memory.hpp"

#include "socket/endpoint.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::sio {
namespace {

constexpr std::size_t most_waiting = 8;  // a client waits for its last try alone
constexpr std::string_view dropped = R"([{"error":{"code":"answer_dropped","message":"the answer was too large to be kept"}}])";

}  // namespace

std::size_t once_memory::entry::held() const noexcept {
  std::size_t n = sizeof *this + name.size() + json.size();
  for (const auto& a : attachments) n += sizeof a + a.size();
  return n;
}

once_memory::admission once_memory::admit(const event& e) {
  std::string name;
  name.reserve(e.name.size() + 1 + e.key.size());
  name.append(e.name).append(1, '\0').append(e.key);
  const auto known = std::find_if(entries_.begin(), entries_.end(), [&](const entry& k) { return k.name == name; });
  if (known == entries_.end()) {
    entry fresh{std::move(name), e.fingerprint, ticket_bit | ++tickets_};
    if (e.ack_id)
      fresh.waiting.push_back(*e.ack_id);
    else
      fresh.is = stage::answered, fresh.json = "[]";
    bytes_ += fresh.held();
    const auto ticket = fresh.ticket;
    entries_.push_back(std::move(fresh));
    make_room();
    return {verdict::run, ticket};
  }
  if (known->fingerprint != e.fingerprint) return {verdict::clash, 0};
  if (!e.ack_id) return {verdict::again, 0};
  if (known->is != stage::running) {
    send(*known, *e.ack_id);
  } else {
    if (known->waiting.size() >= most_waiting) known->waiting.erase(known->waiting.begin());
    known->waiting.push_back(*e.ack_id);
  }
  return {verdict::again, 0};
}

void once_memory::answer(std::uint64_t ticket, std::string_view json, std::vector<bytes> attachments) {
  const auto mine = std::find_if(entries_.begin(), entries_.end(), [ticket](const entry& e) { return e.ticket == ticket; });
  if (mine == entries_.end() || mine->is != stage::running) return;
  bytes_ -= mine->held();
  mine->is = stage::answered;
  mine->json = json;
  mine->attachments = std::move(attachments);
  for (auto id : std::exchange(mine->waiting, {})) send(*mine, id);
  if (mine->held() > limits_.bytes) {
    host_.load(std::memory_order_relaxed)->hit(base::limit::kept_answers);
    mine->is = stage::too_large;
    mine->json = dropped;
    mine->attachments.clear();
  }
  bytes_ += mine->held();
  make_room();
}

void once_memory::bring_answer(std::uint64_t ticket, std::string json, std::vector<bytes> attachments) {
  auto* home = host_.load(std::memory_order_acquire);
  if (home->current()) return answer(ticket, json, std::move(attachments));
  home->post([self = base::ref<once_memory>(this), ticket, j = std::move(json), a = std::move(attachments)]() mutable {
    if (self->open()) self->bring_answer(ticket, std::move(j), std::move(a));
  });
}

/// Old answers go; only when there are none, the oldest event that is still at work, which would run again.
void once_memory::make_room() {
  while (entries_.size() > 1 && (entries_.size() > limits_.answers || bytes_ > limits_.bytes)) {
    const auto last = std::prev(entries_.end());
    auto out = std::find_if(entries_.begin(), last, [](const entry& e) { return e.is != stage::running; });
    if (out == last) {
      out = entries_.begin();
      host_.load(std::memory_order_relaxed)->hit(base::limit::kept_answers);
    }
    bytes_ -= out->held();
    entries_.erase(out);
  }
}

void once_memory::send(const entry& e, std::uint64_t ack_id) {
  if (to_ != nullptr) to_->send_answer(ack_id, e.json, e.attachments);
}

void once_memory::attach(endpoint& to) {
  to_ = &to;
  for (auto& e : entries_) e.waiting.clear();
}

void once_memory::detach(const endpoint& from) noexcept {
  if (to_ == &from) to_ = nullptr;
}

}  // namespace jackfield::sio
