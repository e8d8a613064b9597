#include "work.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <barrier>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

namespace jackfield::bench {

namespace {

constexpr nanos settle_time = 300 * millisecond;  // between the last connect and what is measured
constexpr nanos longest_piece = 10 * second, shortest_piece = 250 * millisecond;
constexpr std::string_view nobody_came = "Nobody could connect";
constexpr std::uint64_t too_many_failures = 100;  // and more than half: nothing more is tried

/// What the threads of a run share. Written between two gates, or by one thread alone.
struct common {
  common(const settings& s, const std::atomic<bool>& stop, progress& p)
      : how(s), interrupted(stop), line(p), gate(static_cast<std::ptrdiff_t>(s.threads)) {}

  bool ends() const noexcept { return interrupted.load(std::memory_order_relaxed) || failed.load(std::memory_order_relaxed); }
  void fail(const std::string& why) {
    const std::lock_guard lock(mutex);
    if (failure.empty()) failure = why;
    failed = true;
  }

  const settings& how;
  const std::atomic<bool>& interrupted;
  progress& line;
  std::barrier<> gate;
  run_of_all all;
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::string failure;
  std::atomic<std::size_t> connected{0}, failures{0};
  nanos start = 0, all_there = 0;
  nanos ended = 0;  // of the window, as it came to be
};

/// Thread 0's look at the server and the machine.
class monitor {
 public:
  monitor(const common& c, outcome& out, nanos piece) : common_(c), out_(out), piece_(piece) {}

  nanos next() const noexcept { return next_; }
  void poll(nanos when) {
    if (when < next_) return;
    next_ = when + piece_;
    sample(when);
  }
  std::uint64_t sample(nanos when) {
    const auto u = usage_of(common_.how.server_pids);
    if (!u) return 0;
    out_.samples.push_back({when - common_.all.epoch, u->cpu_seconds, u->rss_bytes});
    server().rss_peak = std::max(server().rss_peak, u->rss_bytes);
    return u->rss_bytes;
  }
  server_usage& server() {
    if (!out_.server) out_.server.emplace();
    return *out_.server;
  }
  void note_everybody_there(nanos when) {
    server().rss_connected = sample(when);
    if (!out_.samples.empty()) server().connect_cpu_seconds = out_.samples.back().cpu_seconds - out_.samples.front().cpu_seconds;
  }
  void open_window() {
    server_then_ = usage_of(common_.how.server_pids);
    machine_then_ = machine_time_now();
  }
  void close_window() {
    const auto server_now = usage_of(common_.how.server_pids);
    if (server_then_ && server_now) server().in_window = between(*server_then_, *server_now);
    const machine_time m = machine_time_now();
    const double all = m.all_seconds - machine_then_.all_seconds;
    if (all > 0) out_.own.machine_busy = (m.busy_seconds - machine_then_.busy_seconds) / all;
  }

 private:
  const common& common_;
  outcome& out_;
  nanos piece_;
  nanos next_ = 0;
  std::optional<usage> server_then_;
  machine_time machine_then_;
};

/// One thread of a run.
class thread_work {
 public:
  thread_work(common& c, unsigned thread, monitor* watch)
      : common_(c),
        watch_(watch),
        connections_(share_of(c.how.connections, thread, c.how.threads)),
        scene_(make_scene({c.how, c.all, counts, pieces, thread, connections_})),
        crowd_(c.how.line, *scene_) {
    scene_->attach(crowd_);
  }

  void operator()() {
    guarded([this] { connect_everybody(); });
    pass_gate([this] { everybody_is_there(); });
    guarded([this] { prepare(); });
    pass_gate([this] { set_clock(); });
    guarded([this] { measure(); });
    common_.gate.arrive_and_wait();
    guarded([this] { wait_for_the_rest(); });
    finish();
  }

  tally counts;
  timeline pieces;
  std::vector<act> acts;
  double busy = 0;  // share of a core in the window
  std::size_t still_there = 0;

 private:
  template <class F>
  void guarded(F f) {
    if (common_.ends()) return;
    try {
      f();
    } catch (const std::exception& e) {
      common_.fail(e.what());
    }
  }
  /// What one thread does while the others wait.
  template <class F>
  void pass_gate(F f) {
    common_.gate.arrive_and_wait();
    if (watch_) guarded(f);
    common_.gate.arrive_and_wait();
  }

  void connect_everybody();
  void open_some(unsigned most, nanos begin, nanos when);
  void everybody_is_there();
  void prepare();
  void set_clock();
  void measure();
  void drive(nanos until, bool until_quiet);
  void catch_up();
  void wait_for_the_rest();
  void finish();
  void show(nanos when);

  common& common_;
  monitor* watch_;  // of thread 0 only
  const unsigned connections_;
  std::unique_ptr<scene> scene_;
  crowd crowd_;
  unsigned opened_ = 0;
};

void thread_work::open_some(unsigned most, nanos begin, nanos when) {
  const double rate = common_.how.connect_rate / common_.how.threads;
  while (opened_ < connections_ && crowd_.connecting() < most) {
    const nanos meant = rate > 0 ? begin + to_nanos(opened_ / rate) : when;
    if (meant > when) return;
    ++counts.attempts;
    crowd_.open(crowd_.at(opened_++), meant);
  }
}

void thread_work::connect_everybody() {
  for (unsigned i = 0; i < connections_; ++i) crowd_.add();
  if (scene_->connects_by_itself()) return;
  const unsigned most = std::max(1u, common_.how.connecting / common_.how.threads);
  const nanos begin = now();
  while (!common_.ends() && (opened_ < connections_ || crowd_.connecting() > 0)) {
    open_some(most, begin, now());
    crowd_.turn(now() + (common_.how.connect_rate > 0 ? millisecond : 20 * millisecond));
    if (watch_) show(now());
    const auto failed = counts.failed();
    if (failed >= too_many_failures && failed > crowd_.ready()) break;
  }
  common_.connected += crowd_.ready();
  common_.failures += counts.failed();
}

void thread_work::everybody_is_there() {
  common_.all_there = now();
  if (scene_->connects_by_itself() || common_.connected > 0) return;
  common_.fail(std::string(nobody_came));
}

void thread_work::prepare() {
  drive(now() + (scene_->connects_by_itself() ? 0 : settle_time), false);
  scene_->prepare();
  crowd_.flush();
  const nanos limit = now() + to_nanos(common_.how.patience);
  while (!common_.ends() && !scene_->prepared() && now() < limit) crowd_.turn(limit);
  if (!common_.ends() && !scene_->prepared())
    common_.fail(
        "The server did not acknowledge every 'join': it has to offer the events of the bench contract (docs/guides/bench.md).");
}

void thread_work::set_clock() {
  watch_->note_everybody_there(now());
  common_.start = now() + millisecond;
  const bool open_end = scene_->ends_by_itself();
  common_.all.window.begin = common_.start + (open_end ? 0 : to_nanos(common_.how.warmup));
  common_.all.window.end = open_end ? never : common_.all.window.begin + to_nanos(common_.how.seconds);
}

void thread_work::measure() {
  const nanos length = std::clamp<nanos>(to_nanos(common_.how.seconds) / 100, shortest_piece, longest_piece);
  drive(common_.start, false);
  pieces.start(common_.all.window.begin, length);
  scene_->begin(common_.start);
  crowd_.flush();
  drive(common_.all.window.begin, false);
  if (watch_) watch_->open_window();
  const double spent = own_thread_seconds();
  const nanos began = now();
  drive(common_.all.window.end, scene_->ends_by_itself());
  catch_up();
  const nanos ended = now();
  busy = ended > began ? (own_thread_seconds() - spent) / to_seconds(ended - began) : 0;
  if (watch_) {
    watch_->close_window();
    watch_->sample(ended);
    common_.ended = std::min(ended, common_.all.window.end);
  }
  pieces.advance(ended);
  scene_->stop();
}

void thread_work::drive(nanos until, bool until_quiet) {
  for (nanos when = now(); when < until && !common_.ends() && !(until_quiet && scene_->quiet()); when = now()) {
    nanos next = std::min(until, scene_->due());
    if (watch_) next = std::min(next, watch_->next());
    crowd_.turn(next);
    when = now();
    if (scene_->due() <= when) {
      scene_->tick(when);
      crowd_.flush();
    }
    if (!watch_) continue;
    watch_->poll(when);
    show(when);
  }
}

/// A thread that stood still over the end sends what was due before it all the same: to leave it out would hide the stall.
void thread_work::catch_up() {
  if (common_.how.rate <= 0 || scene_->ends_by_itself()) return;
  nanos before = -1;
  for (nanos due = scene_->due(); due < common_.all.window.end && due != before && !common_.ends(); due = scene_->due()) {
    before = due;
    scene_->tick(now());
  }
  crowd_.flush();
}

void thread_work::wait_for_the_rest() { drive(now() + scene_->grace(), true); }

void thread_work::finish() {
  scene_->finish();
  if (common_.ends()) {  // nobody waited for it
    counts.written_off += counts.lost;
    counts.lost = 0;
  }
  acts = scene_->take_acts();
  still_there = crowd_.ready();
  counts.heartbeats = crowd_.heartbeats();
  counts.bytes_in = crowd_.bytes_in();
  counts.bytes_out = crowd_.bytes_out();
  counts.words = crowd_.words();
  if (watch_) watch_->server().rss_after = watch_->sample(now());
  crowd_.close_all();
}

void thread_work::show(nanos when) {
  if (!common_.line.shown()) return;
  char text[160];
  const auto& w = common_.all.window;
  if (w.begin == 0) {
    std::snprintf(text, sizeof text, "connecting: %zu of %u", crowd_.ready(), connections_);
  } else if (when < w.begin) {
    std::snprintf(text, sizeof text, "warming up: %.1f s", to_seconds(w.begin - when));
  } else if (w.end != never && when >= w.end) {
    std::snprintf(text, sizeof text, "waiting for what is under way");
  } else {
    const auto rate = static_cast<double>(counts.delivered) / std::max(0.001, to_seconds(when - w.begin));
    std::snprintf(text, sizeof text, "measuring: %.1f s of %.1f   %.0f/s   p50 %.2f ms   p99 %.2f ms", to_seconds(when - w.begin),
                  w.end == never ? 0 : to_seconds(w.end - w.begin), rate,
                  static_cast<double>(pieces.pieces().empty() ? 0 : pieces.pieces().back().p50) / 1e6,
                  static_cast<double>(pieces.pieces().empty() ? 0 : pieces.pieces().back().p99) / 1e6);
  }
  common_.line.show(text);
}

void collect(outcome& out, std::vector<std::unique_ptr<thread_work>>& all) {
  for (auto& t : all) {
    out.counts.add(t->counts);
    out.own.busiest_thread = std::max(out.own.busiest_thread, t->busy);
    out.still_there += t->still_there;
    for (std::size_t i = 0; i < t->pieces.pieces().size(); ++i) {
      const auto& piece = t->pieces.pieces()[i];
      if (out.pieces.size() <= i) {
        out.pieces.push_back(piece);
        continue;
      }
      auto& sum = out.pieces[i];
      sum.sent += piece.sent;
      sum.delivered += piece.delivered;
      sum.p50 = std::max(sum.p50, piece.p50);
      sum.p99 = std::max(sum.p99, piece.p99);
      sum.max = std::max(sum.max, piece.max);
    }
    for (std::size_t i = 0; i < t->acts.size(); ++i) {
      if (out.acts.size() <= i) {
        out.acts.push_back(std::move(t->acts[i]));
        continue;
      }
      act &sum = out.acts[i], &more = t->acts[i];
      sum.end = std::max(sum.end, more.end);
      sum.expected += more.expected;
      sum.happened += more.happened;
      sum.lines_lost += more.lines_lost;
      sum.latency.add(more.latency);
      sum.probes.add(more.probes);
    }
  }
}

std::string too_few_descriptors(std::uint64_t needed, std::uint64_t limit) {
  return "This process may open " + std::to_string(limit) + " descriptors and needs " + std::to_string(needed) +
         ": raise the limit (ulimit -n) or lower --connections.";
}

}  // namespace

std::uint64_t raise_descriptor_limit(std::uint64_t needed) noexcept {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto hard = limit.rlim_max;
  if (limit.rlim_max < needed) {  // only a privileged process may
    limit = {needed, needed};
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return needed;
  }
  limit = {hard, hard};
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

outcome run(const settings& how, const std::atomic<bool>& interrupted, progress& line) {
  outcome out;
  out.how = how;
  constexpr std::uint64_t besides = 64;  // descriptors that are no connection
  const std::uint64_t needed = how.connections + besides, limit = raise_descriptor_limit(needed);
  if (limit < needed) {
    out.failure = too_few_descriptors(needed, limit);
    return out;
  }
  common c(how, interrupted, line);
  c.all.epoch = now();
  c.all.name = static_cast<std::uint16_t>(std::random_device{}());
  out.piece_length = std::clamp<nanos>(to_nanos(how.seconds) / 100, shortest_piece, longest_piece);
  monitor watch(c, out, out.piece_length);
  const std::uint64_t before = watch.sample(c.all.epoch);
  if (before) watch.server().rss_before = before;

  std::vector<std::unique_ptr<thread_work>> all;
  for (unsigned i = 0; i < how.threads; ++i) all.push_back(std::make_unique<thread_work>(c, i, i == 0 ? &watch : nullptr));
  std::vector<std::thread> others;
  for (unsigned i = 1; i < how.threads; ++i) others.emplace_back([&all, i] { (*all[i])(); });
  (*all[0])();
  for (auto& t : others) t.join();
  line.clear();

  out.connected = c.connected;
  if (c.all_there) out.connect_seconds = to_seconds(c.all_there - c.all.epoch);
  out.window_seconds = std::max(0.0, to_seconds(c.ended - c.all.window.begin));
  out.interrupted = interrupted;
  out.failure = c.failure;
  collect(out, all);
  if (c.failure == nobody_came) out.failure += " to " + how.line.to.url + ": " + failures_text(out.counts) + ".";
  if (out.samples.empty()) out.server.reset();
  return out;
}

}  // namespace jackfield::bench
