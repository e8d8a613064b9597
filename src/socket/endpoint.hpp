// endpoint: what a Socket.IO socket is at either end: handlers, questions that wait for answers, the way of an event in
// (protocol.md 4.3) and of a packet out. The server's socket and the client's derive from it.
//
// Owner: intrusive references: the layer that connects it, and the program's handles. Thread: the worker's, but for what
// says otherwise. After `gone` nothing of the worker is touched any more: handles may outlive it.
#pragma once

#include "base/host.hpp"
#include "base/ref.hpp"
#include "engine/session.hpp"
#include "protocol/sio_packet.hpp"
#include "socket/event_table.hpp"
#include "socket/extras.hpp"

#include <jackfield/detail/emitting.hpp>
#include <jackfield/handler.hpp>
#include <jackfield/next.hpp>
#include <jackfield/packer.hpp>
#include <jackfield/parser.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace jackfield::sio {

enum class life : std::uint8_t {
  connecting,  // may send; receives nothing
  connected,
  leaving,  // the disconnecting handlers run
  gone,
};

/// What the endpoints of one worker share. Outlives them, but for those that are gone.
struct environment {
  environment(base::host& h, std::size_t max_acks, base::duration ack_time, std::size_t max_attachments, std::size_t max_held,
              const outbound_options& out, const parser* p = nullptr) noexcept
      : host(h),
        pending_acks(max_acks),
        ack_timeout(ack_time),
        attachments(max_attachments),
        held_event_bytes(max_held),
        outbound(out),
        packets(p) {}
  base::host& host;
  event_names names;
  std::size_t pending_acks;
  base::duration ack_timeout;
  std::size_t attachments;       // per packet sent
  std::size_t held_event_bytes;  // per socket, before its peer is held back
  outbound_options outbound;
  once_memory::limits once{64, 256 * 1024};
  const parser* packets;  // null: the built-in text
};

class endpoint : public base::ref_counted<endpoint>, public fault_sink {
 public:
  virtual ~endpoint() = default;

  life state() const noexcept { return state_.load(std::memory_order_acquire); }
  environment& env() const noexcept { return env_; }
  event_table& handlers() noexcept { return handlers_; }
  std::size_t acks_pending() const noexcept { return extras_ && extras_->acks ? extras_->acks->size() : 0; }

  // --- from below
  void on_event(const protocol::sio_packet& p);
  /// False: nobody waits for this id.
  bool on_ack(const protocol::sio_packet& p);

  // --- from above, any thread
  /// Sends an event; `w` waits for the answer. False: dropped.
  bool emit(const detail::emit_flags& f, packer& p, waiter_ref w);
  virtual void answer(std::uint64_t id, packer& p);
  /// Runs f now on the worker's thread, or later there. Nothing happens when gone.
  template <class F>
  void on_worker(F&& f) {
    if (state() == life::gone) return;
    if (env_.host.current())
      f();
    else
      env_.host.post([self = base::ref<endpoint>(this), f = std::forward<F>(f)]() mutable {
        if (self->state() != life::gone) f();
      });
  }

  /// An argument did not fit: on_bad_event, and the answer where one was asked for.
  void refuse_argument(detail::incoming& in, std::size_t index, const detail::misfit& why);
  /// An exactly_once event came. On `run` its answer goes to the memory; otherwise the handler must not run.
  once_memory::verdict admit_once(detail::incoming& in, std::string_view key, std::uint64_t fingerprint);
  /// The memory of the socket whose place this one takes.
  void inherit(base::ref<once_memory> m);
  /// Null: there was no such event.
  once_memory* once() const noexcept { return extras_ ? extras_->once.get() : nullptr; }
  /// `json`: the array. On the worker.
  void send_answer(std::uint64_t id, std::string_view json, const std::vector<bytes>& attachments);

  /// Tells the outgoing-any listeners of an event. `json` is its array.
  void notify_outgoing(std::string_view json, std::span<const bytes_view> attachments);
  bool hears_outgoing() const noexcept { return handlers_.has(special_name::any_outgoing); }
  /// Calls the handlers of the library's own events.
  void tell(special_name kind, detail::incoming& in);

  /// Runs the listeners of an event that passed the middlewares, now or when a handler has room for it.
  void deliver(detail::incoming& in);
  /// A counted call of h has ended: what waited for it may go on.
  void on_call_ended(detail::event_handler& h);
  void set_concurrency(detail::event_handler& h, std::uint16_t n);
  /// Events wait for handlers.
  bool holds_events() const noexcept { return extras_ && extras_->held && !extras_->held->list.empty(); }
  /// The peer's DISCONNECT came: leave_now() follows when no event waits any more. False: none waits now.
  bool leave_after_held() noexcept;

  // --- what waits for the peer
  void set_outbound(const outbound_options& o) { own_extras().rules = o; }
  std::uint64_t displaced() const noexcept { return extras_ ? extras_->displaced : 0; }
  /// Whose messages these are, by which rules.
  engine::lane lane() const noexcept { return {lane_id(), extras_ && extras_->rules ? &*extras_->rules : &env_.outbound}; }
  /// Counts what became of a message. True: it was accepted.
  bool note(engine::sent s) {
    if (s.displaced.groups > 0) [[unlikely]] {
      own_extras().displaced += s.displaced.groups;
      on_displaced(s.displaced);
    }
    return s.accepted;
  }

 protected:
  explicit endpoint(environment& env) noexcept : env_(env), handlers_(env.names) {}
  void set_state(life s) noexcept { state_.store(s, std::memory_order_release); }
  /// Ends what waits for answers and drops the handlers.
  void wind_up();
  void call(detail::event_handler& h, detail::incoming& in) noexcept;
  /// False: too many are waited for; `w` was told.
  bool wait_for(std::uint64_t id, waiter_ref w, const detail::emit_flags& f);
  /// The same without that limit.
  void await_answer(std::uint64_t id, waiter_ref w, const detail::emit_flags& f);
  /// What was held for handlers that have room again.
  void run_held();
  extras& own_extras();
  /// Null: nothing was ever asked.
  ack_table* acks() noexcept { return extras_ ? extras_->acks.get() : nullptr; }

  virtual std::string_view nsp_name() const noexcept = 0;
  /// Any thread. Ids of a namespace are of one counter (protocol.md 4.4).
  virtual std::uint64_t next_ack_id() noexcept = 0;
  /// Null: there is no connection any more.
  virtual engine::session* session() const noexcept = 0;
  virtual void on_bad_event(std::string_view event, const error& e) noexcept = 0;
  /// Unique among the endpoints of a session; not 0.
  virtual std::uint64_t lane_id() const noexcept = 0;
  /// Stop, or go on, reading from the peer, for the sake of this endpoint.
  virtual void hold_peer(bool held) = 0;
  /// Messages that were sent with note() will not arrive.
  virtual void on_displaced(const engine::displacement&) noexcept {}
  /// The end that leave_after_held() put off.
  virtual void leave_now() = 0;
  /// How long an answer is waited for unless timeout() says so.
  virtual base::duration default_ack_time() const noexcept { return env_.ack_timeout; }

 private:
  class event_chain;
  bool send_here(const detail::emit_flags& f, scratch& s, std::optional<std::uint64_t> id, waiter_ref w);
  void answer_once(std::uint64_t ticket, packer& p);
  bool has_busy_handler(std::string_view event);
  void hold(const detail::incoming& in);
  void relieve_peer(held_events& h);

  std::atomic<life> state_{life::connecting};  // the small one first: it fits behind the count
  environment& env_;
  event_table handlers_;
  std::unique_ptr<extras> extras_;
};

}  // namespace jackfield::sio
