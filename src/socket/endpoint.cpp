// The way of an event in: any-listeners, middlewares, handlers (protocol.md 4.3).
#include "socket/endpoint.hpp"

#include "socket/scratch.hpp"

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace jackfield::sio {

/// The middlewares of one event, one after another; keeps the event while they think about it.
class endpoint::event_chain final : public detail::chain {
 public:
  event_chain(endpoint& to, detail::incoming& in)
      : to_(&to), ack_id_(in.ack_id), event_(std::string(in.name), in.arguments->keep(), in.take_ack()) {
    // Snapshot: a middleware that is added now is for the next event.
    to.handlers_.each(special_name::middleware, [this](detail::event_handler& h) { steps_.emplace_back(&h); });
  }

  void start() { run(); }
  void answer(std::size_t step, std::optional<refuse> no) override {
    to_->on_worker(
        [self = detail::ref<event_chain>(this), step, n = std::move(no)]() mutable { self->go_on(step, std::move(n)); });
  }

 private:
  /// One middleware; hands the chain to what it is given as "incoming".
  void run() {
    if (step_ == steps_.size()) return finish();
    detail::incoming in;
    in.to = to_.get();
    in.chain = this;
    in.event = &event_;
    in.step = step_;
    const auto alive = steps_[step_];
    to_->call(*alive, in);
  }
  void go_on(std::size_t step, std::optional<refuse> no) {
    if (step != step_) return;
    step_ = no ? done : step_ + 1;
    if (!no) return run();
    detail::incoming in;
    in.code = errc::refused;
    in.text = no->message;
    to_->tell(special_name::error, in);
  }
  void finish() {
    step_ = done;
    detail::incoming in;
    in.to = to_.get();
    in.name = event_.name();
    in.arguments = &event_.arguments();
    in.ack_id = ack_id_;
    in.wants_ack = static_cast<bool>(event_.take_ack());
    to_->deliver(in);
  }

  static constexpr std::size_t done = static_cast<std::size_t>(-1);
  base::ref<endpoint> to_;
  std::uint64_t ack_id_;
  event event_;
  std::vector<handler_ref> steps_;
  std::size_t step_ = 0;
};

void endpoint::call(detail::event_handler& h, detail::incoming& in) noexcept {
  try {
    h.call(in);
  } catch (...) {
    auto answer = in.take_ack();
    detail::report_fault(*this, in.name, std::current_exception(), answer);
  }
}

void endpoint::tell(special_name kind, detail::incoming& in) {
  in.to = this;
  handlers_.each(kind, [&](detail::event_handler& h) { call(h, in); });
}

void endpoint::on_event(const protocol::sio_packet& p) {
  detail::incoming in;
  args arguments;
  std::string unescaped;
  bool named = !p.items.empty();  // else: tolerated, heard by any-listeners alone
  if (named) {
    const auto& name = p.items.front();
    if (name.kind == base::json::type::number)
      in.name = name.text;
    else if (name.kind != base::json::type::string) [[unlikely]]
      named = false;
    else if (name.plain)
      in.name = base::json::plain_chars(name);
    else
      base::json::unescape(name.text, unescaped), in.name = unescaped;
    arguments = args(p.items.subspan(1), p.placeholders ? p.attachments : std::span<const bytes_view>());
  }
  in.to = this;
  in.arguments = &arguments;
  in.wants_ack = p.id.has_value();
  in.ack_id = p.id.value_or(0);
  handlers_.each(special_name::any, [&](detail::event_handler& h) { call(h, in); });
  if (!named) return;
  if (handlers_.has(special_name::middleware))
    detail::ref<event_chain>(new event_chain(*this, in))->start();
  else
    deliver(in);
}

void endpoint::deliver(detail::incoming& in) {
  if (state() != life::connected) return;  // left meanwhile
  if (extras_ && extras_->held && (holds_events() || has_busy_handler(in.name))) return hold(in);
  handlers_.each(in.name, [&](detail::event_handler& h) { call(h, in); });
}

once_memory::verdict endpoint::admit_once(detail::incoming& in, std::string_view key, std::uint64_t fingerprint) {
  if (!extras_ || !extras_->once) inherit(base::make_ref<once_memory>(env_.host, env_.once));
  const auto asked = in.wants_ack ? std::optional(in.ack_id) : std::nullopt;
  const auto found = extras_->once->admit({in.name, key, fingerprint, asked});
  if (found.is == once_memory::verdict::run) in.ack_id = found.ticket;
  if (found.is == once_memory::verdict::again) in.wants_ack = false;
  return found.is;
}

void endpoint::inherit(base::ref<once_memory> m) {
  own_extras().once = std::move(m);
  extras_->once->attach(*this);
}

void endpoint::refuse_argument(detail::incoming& in, std::size_t index, const detail::misfit& why) {
  const error e{errc::bad_argument, why.message(index)};
  on_bad_event(in.name, e);
  if (auto answer = in.take_ack()) answer(value(object{{"error", object{{"code", "bad_argument"}, {"message", e.text}}}}));
}

bool endpoint::on_ack(const protocol::sio_packet& p) {
  if (!p.id || !extras_ || !extras_->acks) return false;
  const auto w = extras_->acks->take(*p.id);
  if (!w) return false;
  try {
    w->answered(args(p.items, p.placeholders ? p.attachments : std::span<const bytes_view>()));
  } catch (...) {
    on_fault("acknowledgement", std::current_exception());
  }
  return true;
}

void endpoint::wind_up() {
  if (extras_ && extras_->acks) extras_->acks->end();
  if (extras_ && extras_->once) extras_->once->detach(*this);
  handlers_.clear();
  if (!extras_ || !extras_->held) return;
  auto& h = *extras_->held;
  h.list.clear();
  h.bytes = 0;
  relieve_peer(h);
}

}  // namespace jackfield::sio
