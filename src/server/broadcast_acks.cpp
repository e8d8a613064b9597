#include "server/broadcast_acks.hpp"

#include "server/nsp.hpp"
#include "server/shard.hpp"
#include "server/socket.hpp"

#include <algorithm>

namespace jackfield::srv {

struct broadcast_acks::question {
  question(broadcast_acks& o, std::uint64_t i) noexcept : of(o), id(i) {}
  void on_timeout() { of.finish(id, error{errc::timeout, "operation has timed out"}); }

  struct receiver {
    std::uint64_t serial;
    bool answered;
  };
  broadcast_acks& of;
  std::uint64_t id;
  std::vector<receiver> receivers;  // by serial
  std::size_t answered = 0;
  answers_share to;
  base::member_timer<question, &question::on_timeout> timer{*this};
};

broadcast_acks::broadcast_acks(nsp& n) noexcept : nsp_(n) {}
broadcast_acks::~broadcast_acks() = default;

void broadcast_acks::ask(std::uint64_t id, std::vector<std::uint64_t> receivers, base::duration timeout, answers_share to) {
  if (receivers.empty()) return to.done();
  auto q = std::make_unique<question>(*this, id);
  std::sort(receivers.begin(), receivers.end());
  q->receivers.reserve(receivers.size());
  for (auto serial : receivers) q->receivers.push_back({serial, false});
  q->to = std::move(to);
  nsp_.home().host().timers().arm(q->timer, timeout);
  asked_.emplace(id, std::move(q));
}

bool broadcast_acks::on_ack(const socket& from, std::uint64_t id, const args& a) {
  const auto at = asked_.find(id);
  if (at == asked_.end()) return false;
  auto& q = *at->second;
  const auto who = std::lower_bound(q.receivers.begin(), q.receivers.end(), from.serial(),
                                    [](const question::receiver& r, std::uint64_t serial) { return r.serial < serial; });
  if (who == q.receivers.end() || who->serial != from.serial() || who->answered) return false;
  who->answered = true;
  q.to.add([v = a[0].parse()](answers& all) mutable { all.values.push_back(std::move(v)); });
  if (++q.answered == q.receivers.size()) finish(id, {});
  return true;
}

void broadcast_acks::finish(std::uint64_t id, error e) {
  auto node = asked_.extract(id);
  auto& q = *node.mapped();
  if (e) q.to.add([&e](answers& all) { all.error = std::move(e); });
  q.to.done();
}

void broadcast_acks::end() {
  while (!asked_.empty()) finish(asked_.begin()->first, error{errc::disconnected, "the namespace is closing"});
}

}  // namespace jackfield::srv
