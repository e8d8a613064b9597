// worker: one thread's event loop: connections, timers, mailbox. The only place that reads the clock.
//
// Its descriptors live in an edge-triggered epoll set of its own (docs/decisions/0002): no system call per
// read to re-arm, and exact turns. Alone, run() waits in that set; as a guest of an Asio io_context the set is
// one descriptor of it. A turn is: ready descriptors → mailbox → timers → deferred calls → what other workers are told → one
// write per touched stream → burial of what ended. Nothing is destroyed inside a turn.
//
// Thread: everything on the worker's thread but post(), and sheet(), which is for turns of others of its team. The io_context may
// be run by one thread.
#pragma once

#include "base/host.hpp"
#include "base/mpsc_queue.hpp"
#include "base/ref.hpp"
#include "net/core_shortage.hpp"
#include "net/event_wait.hpp"
#include "net/held_output.hpp"
#include "net/out_queue.hpp"
#include "net/outbox.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace jackfield::net {

class send_ring;
class stream;
class turn_gate;
class turn_queue;
enum class retirement : std::uint8_t;

/// A descriptor in the worker's set.
class pollable {
 public:
  /// `events` are EPOLLIN, EPOLLOUT, …
  virtual void on_events(std::uint32_t events) = 0;
  /// The turn that again() asked for.
  virtual void on_resume() {}

 protected:
  ~pollable() = default;
};

/// Owns itself on a worker until something is done, so that it has to be told when the worker ends before that.
class lodger {
 public:
  /// Moves out, and lets go of itself.
  virtual void on_worker_ends() noexcept = 0;

 protected:
  ~lodger() = default;
};

enum class trigger : std::uint8_t { edge, level };

class worker final : public base::host {
 public:
  /// A loop of its own: run().
  worker();
  /// Runs as a guest of `context` from now until destroyed or stop()ped.
  explicit worker(boost::asio::io_context& context);
  /// The same; every turn is behind the gate: who holds it from outside may do what else only the worker's thread may, and call
  /// inside() and leave(). The io_context is not used without locks (its concurrency hint is not "unsafe").
  worker(boost::asio::io_context& context, std::shared_ptr<turn_gate> gate);
  ~worker();
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  // --- base::host
  base::timer_wheel& timers() noexcept override { return timers_; }
  void post(base::unique_function<void()> f) override;
  base::letter_sheet* sheet(std::size_t cost) override;
  void defer(base::unique_function<void()> f) override;
  bool current() const noexcept override { return here() == this; }

  /// The caller is in a turn of some worker.
  static bool in_a_turn() noexcept;
  bool guest() const noexcept { return guest_ != nullptr; }
  /// REQUIRES: not a guest. Turns until leave(); can be called again.
  void run();
  /// REQUIRES: not a guest. What is due, without waiting. Returns how many turns had something to do.
  std::size_t poll();
  /// Alone: run() returns after this turn. As a guest: for good, so that the context's run() may return once nothing else is
  /// there. Only between or inside turns.
  void leave();

  /// What many streams have to send at the end of a turn leaves by one system call, where the kernel has a ring for it.
  /// Otherwise, and before this is called, by one for each. Before the first turn, whose thread makes the ring.
  void send_together() noexcept { wants_ring_ = true; }

  /// run() has its turns in this queue, where it has the number set_number(). Before run().
  void take_turns_in(std::shared_ptr<turn_queue> q) noexcept { queue_ = std::move(q); }

  /// What the others of the team write to this worker (sheet) and it to them goes there together, at the latest before their
  /// turn's output leaves. Before their first turns.
  void join(std::shared_ptr<const team> t) { for_others_.join(std::move(t)); }

  // --- for net
  /// Throws std::system_error when the kernel refuses.
  void watch(int fd, pollable& p, std::uint32_t events, trigger t);
  void forget(int fd) noexcept;
  /// Flushed at the end of this turn, or a little later (held_output.hpp). `s` lives until then (streams are buried, not
  /// deleted), or lets itself off.
  void touch(stream& s) { touched_.push_back(&s); }
  /// What is said now was said by another worker, or for one.
  bool reading_mail() const noexcept { return reading_mail_; }
  void let_off(const stream& s) noexcept { held_.forget(s); }
  /// Asked to go on in the next turn (on_resume), which comes at once.
  void again(pollable& p) { again_.push_back(&p); }
  void not_again(pollable& p) noexcept;
  /// Destroyed at the end of this turn.
  void bury(std::unique_ptr<stream> s);
  template <class T>
  void bury(base::ref<T> r) {
    graves_.push_back([r = std::move(r)] {});
  }
  /// For what leaves this worker: calls f when nothing of this turn is on the stack any more, and its output was written.
  void after_turn(base::unique_function<void()> f) { parting_.push_back(std::move(f)); }
  void move_in(lodger& l) { lodgers_.insert(&l); }
  void move_out(lodger& l) noexcept { lodgers_.erase(&l); }
  /// Every stream is known to its worker, so that none outlives it.
  void enlist(stream& s) noexcept;
  void strike(stream& s) noexcept;
  /// Any thread.
  std::size_t stream_count() const noexcept { return stream_count_.load(std::memory_order_relaxed); }
  /// Ends every stream: handlers hear of it. For the end of a server, outside turns too.
  void abandon_all();
  /// Tells every speaker that the server is leaving (stream_handler::on_retire).
  void retire_all(retirement r);
  /// Calls f once, at the end of the turn in which no stream is left (this one, if there is none now).
  void when_empty(base::unique_function<void()> f);
  /// Runs f as a turn of its own. Only outside of turns, on the thread that runs the io_context.
  void inside(base::unique_function<void()> f);
  /// Throws away what was posted and not run. False: there was nothing. When nothing of this worker runs.
  bool discard_letters();
  /// Keeps a stream that says farewell (stream::finish) until let_go.
  void keep(std::unique_ptr<stream> s);
  void let_go(stream& s);
  /// The buffer that reads go into; valid within one on_events.
  std::span<char> read_buffer() noexcept { return {read_buffer_.get(), read_bytes}; }
  out_pool& pool() noexcept { return pool_; }
  outbox& for_others() noexcept { return for_others_; }
  /// One connection may be served this long in a turn (S31).
  bool time_is_up(base::time_point since) const noexcept;
  /// The clock, read now: for what measures itself within a turn. The time of the turn is timers().now().
  base::time_point exact_time() const noexcept;
  /// Where a TLS record's content is put together; valid until a stream is flushed.
  std::span<char> record_buffer();

  static constexpr std::size_t read_bytes = 64 * 1024;

 private:
  struct pass;
  struct host_loop;  // the Asio side, as a guest
  std::vector<stream*> open_streams() const;
  bool take_turn(std::optional<base::duration> wait, turn_queue* in = nullptr);
  std::optional<base::duration> time_to_wait() const;
  void tell_of_cores(const thread_times& mine);
  void run_turns();
  void wait();
  void come_back();
  class bell;
  worker* colleague_in_turn() const noexcept;
  bool run_mailbox();
  void run_deferred();
  void make_ring();
  void flush_touched();
  std::size_t send_from(std::size_t first);
  void fetch_ahead_of(std::size_t i) const noexcept;
  void end_turn(bool nothing_else = true);
  void arm_clock();
  void tidy();

  base::timer_wheel timers_;
  int set_ = -1;
  event_wait wait_;
  std::shared_ptr<turn_queue> queue_;  // null: turns are taken at once
  core_shortage shortage_;
  std::uint32_t queue_version_ = 0;  // shortage_ is of this one
  base::ref<bell> bell_;
  std::unique_ptr<char[]> read_buffer_, record_buffer_;
  out_pool pool_;
  base::unique_function<void()> when_empty_;
  std::vector<base::unique_function<void()>> deferred_, running_, graves_, parting_;
  stream* streams_ = nullptr;
  std::atomic<std::size_t> stream_count_{0};  // written by this thread
  std::vector<stream*> touched_;
  held_output held_;
  bool reading_mail_ = false;
  std::unique_ptr<send_ring> ring_;  // null: each by itself
  bool wants_ring_ = false;
  std::vector<pollable*> again_, again_now_;
  std::vector<std::unique_ptr<stream>> leaving_, dead_;
  std::unordered_set<lodger*> lodgers_;
  base::mpsc_queue<base::unique_function<void()>> mailbox_;
  std::vector<base::unique_function<void()>> letters_;
  outbox for_others_;
  base::member_timer<worker, &worker::tidy> tidy_{*this};  // a while after something happened
  bool left_ = false;
  std::unique_ptr<host_loop> guest_;
};

}  // namespace jackfield::net
