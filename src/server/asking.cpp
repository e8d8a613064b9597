#include "server/asking.hpp"

#include "base/json.hpp"
#include "server/crew.hpp"
#include "server/parent.hpp"
#include "server/shard.hpp"

#include <utility>

namespace jackfield::srv {

asking::asking(connection& c, std::string_view name, std::string_view auth, std::span<const bytes_view> attachments)
    : connection_(&c), name_(name), auth_(auth), told_(object()) {
  for (auto a : attachments) attachments_.emplace_back(a.begin(), a.end());
  if (!auth.empty()) base::json::parse(auth, attachments, told_);
}

void asking::start() {
  auto& home = connection_->home();
  home.host().timers().arm(timer_, home.options().limits.middleware_time);
  ask();
}

void asking::cancel() noexcept {
  step_ = done;
  timer_.cancel();
}

void asking::ask() {
  const detail::ref<asking> alive(this);
  const auto rule = connection_->home().of_server().parent_at(step_);
  if (!rule) return connection_->on_asked(*this, nullptr);
  const auto step = step_;
  try {
    rule->ask(name_, told_, next(alive, step));
  } catch (...) {
    connection_->home().report({"of", name_, {}, std::current_exception()});
    go_on(step, false);
  }
}

void asking::answer(std::size_t step, std::optional<refuse> no) {
  if (connection_->ended()) return;
  auto& host = connection_->home().host();
  if (host.current()) return go_on(step, !no);
  host.post([self = detail::ref<asking>(this), step, yes = !no] {
    if (!self->connection_->ended()) self->go_on(step, yes);
  });
}

void asking::go_on(std::size_t step, bool yes) {
  if (step != step_) return;
  if (yes) {
    const auto rule = connection_->home().of_server().parent_at(step);
    return connection_->on_asked(*this, rule.get());
  }
  ++step_;
  ask();
}

void asking::on_timeout() {
  connection_->home().host().hit(base::limit::middleware_time);
  connection_->on_asked(*this, nullptr);
}

}  // namespace jackfield::srv
