#include "net/worker.hpp"

#include "net/batch_scheduling.hpp"
#include "net/memory.hpp"
#include "net/send_ring.hpp"
#include "net/stream.hpp"
#include "net/tls_channel.hpp"
#include "net/turn_gate.hpp"
#include "net/turn_queue.hpp"
#include "net/unique_fd.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <optional>
#include <system_error>

namespace jackfield::net {

namespace {
constexpr std::size_t turns_in_a_row = 32;  // then other guests of the io_context, or poll()'s caller, have their turn
constexpr std::chrono::microseconds turn_share{1000};
constexpr std::size_t worth_a_ring = 3;  // two cost the same either way, one more by the ring (docs/decisions/0012)

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }
}  // namespace

/// What handlers of the io_context show before they touch a worker that may be gone.
struct worker::pass {
  bool valid = true;                // guarded by the gate, if there is one
  std::shared_ptr<turn_gate> gate;  // null: none
  template <class F>
  void use(F&& f) const {
    std::unique_lock<turn_gate> through;
    if (gate) through = std::unique_lock(*gate);
    if (valid) f();
  }
};

/// Wakes the worker when it sleeps and there is mail. Any thread, but for what says otherwise.
class worker::bell : public base::ref_counted<bell> {
 public:
  bell() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!fd_) fail("eventfd");
  }
  int descriptor() const noexcept { return fd_.get(); }
  bool mail() const noexcept { return state_.load(std::memory_order_relaxed) == state::mail; }

  /// A letter was put in. Rings only when nobody is awake to find it: once per batch, and not at all under load.
  /// Told by everybody, not by the first of a batch alone: when we return it is known to wait, and is read before what may follow
  /// from our going on.
  void tell() noexcept {
    if (state_.load(std::memory_order_acquire) == state::mail) return;
    if (state_.exchange(state::mail, std::memory_order_acq_rel) == state::asleep) ring();
  }

  // Only the worker.
  /// False: there is mail.
  bool fall_asleep() noexcept {
    auto now = state::awake;
    return state_.compare_exchange_strong(now, state::asleep, std::memory_order_acq_rel) || now == state::asleep;
  }
  void wake_up() noexcept {
    auto now = state::asleep;
    state_.compare_exchange_strong(now, state::awake, std::memory_order_acq_rel);
  }
  void take_mail() noexcept { state_.exchange(state::awake, std::memory_order_acq_rel); }

 private:
  enum class state : std::uint8_t { awake, mail, asleep };
  void ring() noexcept {
    const std::uint64_t one = 1;
    while (::write(fd_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
  }
  unique_fd fd_;
  std::atomic<state> state_{state::asleep};
};

struct worker::host_loop {
  host_loop(boost::asio::io_context& c, int set) : descriptor(c, set), clock(c) {}
  boost::asio::posix::stream_descriptor descriptor;  // the epoll set
  boost::asio::steady_timer clock;
  std::optional<base::time_point> armed;  // what the clock is set to
  bool waiting = false, coming_back = false;
  std::shared_ptr<pass> alive = std::make_shared<pass>();
};

worker::worker() : timers_(base::clock::now()), read_buffer_(std::make_unique_for_overwrite<char[]>(read_bytes)) {
  bell_ = base::make_ref<bell>();
  set_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (set_ < 0) fail("epoll_create1");
  epoll_event e{};
  e.events = EPOLLIN | EPOLLET;
  e.data.ptr = nullptr;  // the bell
  if (::epoll_ctl(set_, EPOLL_CTL_ADD, bell_->descriptor(), &e) != 0) fail("epoll_ctl");
}

worker::worker(boost::asio::io_context& context) : worker(context, nullptr) {}

worker::worker(boost::asio::io_context& context, std::shared_ptr<turn_gate> gate) : worker() {
  guest_ = std::make_unique<host_loop>(context, set_);
  guest_->alive->gate = gate;
  std::unique_lock<turn_gate> through;
  if (gate) through = std::unique_lock(*gate);
  wait();
}

worker::~worker() {
  leave();
  abandon_all();
  inside([this] {
    while (!lodgers_.empty()) (*lodgers_.begin())->on_worker_ends();
  });
  leaving_.clear();
  // Whatever is still on its way out may bring others along.
  for (bool more = true; more;) {
    auto graves = std::move(graves_);
    auto dead = std::move(dead_);
    auto deferred = std::move(deferred_);
    std::vector<base::unique_function<void()>> letters;
    mailbox_.take_all(letters);
    graves_.clear(), dead_.clear(), deferred_.clear(), parting_.clear();
    more = !graves.empty() || !dead.empty() || !deferred.empty() || !letters.empty();
  }
  ::close(set_);
}

void worker::leave() {
  if (std::exchange(left_, true) || !guest_) return;
  guest_->alive->valid = false;
  guest_->clock.cancel();
  guest_->descriptor.cancel();
  guest_->descriptor.release();
}

bool worker::in_a_turn() noexcept { return here() != nullptr; }

void worker::watch(int fd, pollable& p, std::uint32_t events, trigger t) {
  epoll_event e{};
  e.events = events | (t == trigger::edge ? static_cast<std::uint32_t>(EPOLLET) : 0u);
  e.data.ptr = &p;
  if (::epoll_ctl(set_, EPOLL_CTL_ADD, fd, &e) != 0) fail("epoll_ctl");
}

void worker::forget(int fd) noexcept { ::epoll_ctl(set_, EPOLL_CTL_DEL, fd, nullptr); }

/// Whose turn this thread is in, if we are of one team. Null: nobody's, or our own.
worker* worker::colleague_in_turn() const noexcept {
  const base::host* const h = here();
  return h == nullptr || h == this ? nullptr : for_others_.member(h);
}

base::letter_sheet* worker::sheet(std::size_t cost) {
  worker* const from = colleague_in_turn();
  return from == nullptr ? nullptr : from->for_others_.sheet(number(), cost);
}

void worker::post(base::unique_function<void()> f) {
  if (worker* const from = colleague_in_turn()) from->for_others_.hand_in(number());  // what was written before is read before
  const auto its_bell = bell_;  // when the letter is in it may be read, and this worker be gone, before we go on
  mailbox_.push(std::move(f));
  its_bell->tell();
}

void worker::defer(base::unique_function<void()> f) { deferred_.push_back(std::move(f)); }

bool worker::time_is_up(base::time_point since) const noexcept { return base::clock::now() - since > turn_share; }

base::time_point worker::exact_time() const noexcept { return base::clock::now(); }

std::span<char> worker::record_buffer() {
  if (!record_buffer_) record_buffer_ = std::make_unique_for_overwrite<char[]>(tls_channel::record_bytes);
  return {record_buffer_.get(), tls_channel::record_bytes};
}

void worker::not_again(pollable& p) noexcept {
  std::replace(again_.begin(), again_.end(), &p, static_cast<pollable*>(nullptr));
  std::replace(again_now_.begin(), again_now_.end(), &p, static_cast<pollable*>(nullptr));
}

void worker::bury(std::unique_ptr<stream> s) { dead_.push_back(std::move(s)); }

void worker::enlist(stream& s) noexcept {
  s.next_ = streams_;
  s.link_ = &streams_;
  if (streams_) streams_->link_ = &s.next_;
  streams_ = &s;
  stream_count_.store(stream_count() + 1, std::memory_order_relaxed);
}

void worker::strike(stream& s) noexcept {
  *s.link_ = s.next_;
  if (s.next_) s.next_->link_ = s.link_;
  stream_count_.store(stream_count() - 1, std::memory_order_relaxed);
}

std::vector<stream*> worker::open_streams() const {
  std::vector<stream*> all;  // none is freed before the end of the turn
  for (stream* s = streams_; s; s = s->next_)
    if (s->open()) all.push_back(s);
  return all;
}

void worker::abandon_all() {
  inside([this] {
    for (stream* s : open_streams())
      if (s->open()) s->abandon();
  });
}

void worker::retire_all(retirement r) {
  for (stream* s : open_streams())
    if (s->open()) s->retire(r);
}

void worker::when_empty(base::unique_function<void()> f) { when_empty_ = std::move(f); }

void worker::inside(base::unique_function<void()> f) {
  const turn mine(this);
  f();
  end_turn();
}

bool worker::discard_letters() {
  std::vector<base::unique_function<void()>> letters;
  mailbox_.take_all(letters);
  return !letters.empty();
}

void worker::keep(std::unique_ptr<stream> s) { leaving_.push_back(std::move(s)); }

void worker::let_go(stream& s) {
  auto at = std::find_if(leaving_.begin(), leaving_.end(), [&](auto& p) { return p.get() == &s; });
  if (at == leaving_.end()) return;
  std::swap(*at, leaving_.back());
  auto last = std::move(leaving_.back());
  leaving_.pop_back();
  stream::drop(std::move(last));
}

// False: there was no mail.
bool worker::run_mailbox() {
  if (!bell_->mail()) return false;
  bell_->take_mail();
  mailbox_.take_all(letters_);
  reading_mail_ = true;
  for (auto& letter : letters_) letter();
  reading_mail_ = false;
  letters_.clear();
  return true;
}

void worker::run_deferred() {
  while (!deferred_.empty()) {
    running_.swap(deferred_);
    for (auto& f : running_) f();
    running_.clear();
  }
}

// By who is about to take turns: when a ring ends, the kernel interrupts what the threads that made or used it wait in, so it is
// none of a thread that only made the server.
void worker::make_ring() {
  if (std::exchange(wants_ring_, false)) ring_ = send_ring::open();
}

void worker::flush_touched() {
  std::size_t sent = 0;                                // so many of them have been sent together
  for (std::size_t i = 0; i < touched_.size(); ++i) {  // flushing may touch others
    if (i == sent) sent += send_from(i);
    touched_[i]->flush();
  }
  touched_.clear();
}

// Sends for the next ones together, as many as there is room for; returns of how many that was. Nobody hears of it here:
// what comes of it is found by their flush().
std::size_t worker::send_from(std::size_t first) {
  const auto last = std::min(touched_.size(), first + send_ring::room);
  fetch_ahead_of(first);
  if (!ring_ || !ring_->usable() || last - first < worth_a_ring) return 1;
  std::array<stream*, send_ring::room> senders;
  std::size_t n = 0;
  for (std::size_t i = first; i < last; ++i) {
    fetch_ahead_of(i);
    const auto bytes = touched_[i]->ready();
    if (bytes.empty()) continue;
    ring_->add(touched_[i]->descriptor(), bytes);
    senders[n++] = touched_[i];
  }
  const auto taken = ring_->send();
  for (std::size_t i = 0; i < n; ++i) senders[i]->was_sent(taken[i]);
  return last - first;
}

// After a broadcast they are many, and cold: what the next ones need is fetched while the kernel works for this one.
void worker::fetch_ahead_of(std::size_t i) const noexcept {
  if (i + 4 < touched_.size()) touched_[i + 4]->fetch();
  if (i + 2 < touched_.size()) touched_[i + 2]->out().fetch();
}

void worker::end_turn(bool nothing_else) {
  const bool may_hold = queue_ && queue_->limits() && !nothing_else && !left_;
  held_.next_turn();
  do {
    run_deferred();
    for_others_.hand_in_all();  // whoever hears of this turn finds the others no less informed
    held_.hold_back(touched_, may_hold);
    flush_touched();
  } while (!deferred_.empty() || !touched_.empty());
  for (auto& leave : parting_) leave();
  parting_.clear();
  dead_.clear();
  running_.swap(graves_);  // what is buried by a burial waits for the next one
  running_.clear();
  if (when_empty_ && stream_count() == 0) std::exchange(when_empty_, {})();
  for_others_.hand_in_all();
}

// Memory that was needed and is not any more goes back. Comes again only while there is something to give.
void worker::tidy() {
  const give_back_rule rule;
  const bool freed = pool_.free_unused() > 0;
  for_others_.free_unused();
  const bool kept = time_to_look(timers_.now(), rule) && look_at_heap(rule);
  if (freed || kept || pool_.kept_bytes() > 0) timers_.arm(tidy_, rule.between_looks);
}

// One turn; true when the next should follow at once.
bool worker::take_turn(std::optional<base::duration> wait, turn_queue* in) {
  std::array<epoll_event, 512> events;
  if (wait != base::duration::zero() && !bell_->fall_asleep()) wait = base::duration::zero();
  const bool queues = in != nullptr && in->limits();
  std::size_t n = queues ? 0 : wait_(set_, events, wait);
  const bool some = queues ? event_wait::some(set_, wait) : n > 0;
  bell_->wake_up();
  // What comes while we wait here is in the kernel or the mailbox: nobody rings for who is not asleep. All of it is of this turn:
  // who waits for a place asks who is ready when the place is there.
  const bool busy = some || bell_->mail();
  const auto place = in != nullptr && busy ? in->enter(number()) : turn_queue::place();
  if (queues && busy) n = wait_(set_, events, base::duration::zero());
  if (in != nullptr && n > 0) in->done(n);
  base::time_point now = base::clock::now();
  timers_.observe(now);
  again_now_.swap(again_);
  // Letters before whatever is read behind them: a client that was told of something by another worker, and says more to us,
  // finds us no less informed.
  bool ran = run_mailbox();
  for (std::size_t i = 0; i < n; ++i) {
    ran |= run_mailbox();
    const auto& e = events[i];
    if (!e.data.ptr) continue;  // the bell, which only wakes
    static_cast<pollable*>(e.data.ptr)->on_events(e.events);
  }
  for (std::size_t i = 0; i < again_now_.size(); ++i) {
    ran |= run_mailbox();
    if (again_now_[i]) again_now_[i]->on_resume();
  }
  bool resumed = !again_now_.empty();
  again_now_.clear();
  std::size_t fired = timers_.advance(now);  // after the reads: a stall of ours must not look like a peer's silence (S23)
  if (!for_others_.empty()) {                // what the others tell us meanwhile leaves with the rest
    for_others_.hand_in_all();
    ran |= run_mailbox();
  }
  end_turn(n == 0 && !ran && !resumed);
  if ((n > 0 || ran) && !tidy_.armed()) timers_.arm(tidy_, give_back_rule().between_looks);
  return n > 0 || ran || fired > 0 || resumed || !again_.empty() || bell_->mail() || !held_.empty();
}

// Until the next deadline; none: there is no timer.
std::optional<base::duration> worker::time_to_wait() const {
  if (!again_.empty() || !held_.empty()) return base::duration::zero();
  const auto next = timers_.next_deadline();
  if (!next) return std::nullopt;
  return std::max(*next - base::clock::now(), base::duration::zero());
}

// Whether this thread is short of cores is for all who take their turns in the queue to know.
void worker::tell_of_cores(const thread_times& mine) {
  const auto now = timers_.now();
  if (!shortage_.due(now)) return;
  if (const auto version = queue_->version(); queue_version_ != version) {
    queue_version_ = version;
    shortage_.forget();
  }
  queue_->report(shortage_.look(now, mine.read()), now);
}

void worker::run() {
  const turn mine(this);
  make_ring();
  left_ = false;
  if (!queue_) {
    while (!left_) take_turn(time_to_wait());
    return;
  }
  const thread_times times;
  batch_scheduling batch;
  while (!left_) {
    if (take_turn(time_to_wait(), queue_.get())) tell_of_cores(times);
    batch.set(queue_->limits());
  }
}

std::size_t worker::poll() {
  const turn mine(this);
  make_ring();
  left_ = false;
  std::size_t turns = 0;
  while (turns < turns_in_a_row && !left_ && take_turn(base::duration::zero())) ++turns;
  return turns;
}

void worker::run_turns() {
  if (left_) return;
  auto alive = guest_->alive;
  {
    const turn mine(this);
    make_ring();
    for (std::size_t i = 0; i < turns_in_a_row && alive->valid; ++i)
      if (!take_turn(base::duration::zero())) break;
  }
  if (!alive->valid) return;
  arm_clock();
  if (again_.empty() && bell_->fall_asleep())
    wait();
  else
    come_back();
}

void worker::wait() {
  if (std::exchange(guest_->waiting, true)) return;
  guest_->descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                [this, alive = guest_->alive](const boost::system::error_code& e) {
                                  if (e) return;
                                  alive->use([this] {
                                    guest_->waiting = false;
                                    run_turns();
                                  });
                                });
}

void worker::come_back() {
  if (std::exchange(guest_->coming_back, true)) return;
  boost::asio::post(guest_->descriptor.get_executor(), [this, alive = guest_->alive] {
    alive->use([this] {
      guest_->coming_back = false;
      run_turns();
    });
  });
}

// The clock is only ever set to an earlier time: a wake-up too many is cheaper than a call per turn.
void worker::arm_clock() {
  auto next = timers_.next_deadline();
  if (!next || (guest_->armed && *guest_->armed <= *next)) return;
  guest_->armed = next;
  guest_->clock.expires_at(*next);
  guest_->clock.async_wait([this, alive = guest_->alive](const boost::system::error_code& e) {
    if (e) return;
    alive->use([this] {
      guest_->armed.reset();
      run_turns();
    });
  });
}

}  // namespace jackfield::net
