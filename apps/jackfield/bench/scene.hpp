// scene: what the clients of one thread do in a scenario. The thread's work (work.hpp) connects them, says when to begin and to
// stop, and calls tick() when something is due. One owner, one thread; every call comes from within a turn or between two.
#pragma once

#include "crowd.hpp"
#include "settings.hpp"
#include "tally.hpp"
#include "timeline.hpp"

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::bench {

inline constexpr nanos never = std::numeric_limits<nanos>::max();

/// What all threads of a run share.
struct run_of_all {
  nanos epoch = 0;                           // times in stamps count from here
  std::uint16_t name = 0;                    // of the run, in stamps
  bench::window window;                      // written between two phases, when no other thread reads it
  std::atomic<std::uint32_t> casts_sent{0};  // by thread 0, once it has stopped: how many copies the others should have seen
};

/// One thing of a run that has a time of its own: a cast to everybody, a round of a storm.
struct act {
  std::string name;
  nanos begin = 0, end = 0;
  std::uint64_t expected = 0, happened = 0;  // copies, or clients that are back
  std::uint64_t lines_lost = 0;              // that nobody cut
  histogram latency;                         // of what happened, from begin
  histogram probes;                          // echoes meanwhile
};

/// What a scene has at hand.
struct scene_parts {
  const settings& how;
  run_of_all& all;
  tally& counts;
  timeline& pieces;
  unsigned thread = 0;
  unsigned connections = 0;  // of this thread
};

class scene : public crowd_watcher {
 public:
  explicit scene(const scene_parts& p) noexcept : parts_(p) {}
  virtual ~scene() = default;

  /// The crowd that it watches; once, before anything else.
  void attach(crowd& c) noexcept { crowd_ = &c; }
  /// Opens its clients by itself, from begin() on.
  virtual bool connects_by_itself() const noexcept { return false; }
  /// Everybody is connected. What it needs before the clock runs (rooms) is begun here and finished when prepared().
  virtual void prepare() {}
  virtual bool prepared() const { return true; }
  virtual void begin(nanos when) = 0;
  /// When tick() wants to be called next.
  virtual nanos due() const { return never; }
  virtual void tick(nanos) {}
  /// Sends nothing new from here on.
  virtual void stop() = 0;
  /// Nothing is under way any more; or, if it ends by itself, all of it is done.
  virtual bool quiet() const { return true; }
  /// How long to wait for that behind stop().
  virtual nanos grace() const { return to_nanos(how().patience); }
  /// The measured time is over when quiet() says so, not by the clock.
  virtual bool ends_by_itself() const noexcept { return false; }
  /// What is still missing will not come.
  virtual void finish() {}
  /// Things that happened one after another, if it has such.
  virtual std::vector<act> take_acts() { return {}; }

  void on_ready(peer& p, nanos when) override;
  void on_packet(peer&, const packet&, nanos) override {}
  void on_down(peer& p, trouble why) override;

 protected:
  /// A peer reached its namespace, or lost its line without being told to.
  virtual void came(peer&, nanos) {}
  virtual void went(peer&) {}

  const settings& how() const noexcept { return parts_.how; }
  tally& counts() noexcept { return parts_.counts; }
  crowd& crew() noexcept { return *crowd_; }
  const crowd& crew() const noexcept { return *crowd_; }

  scene_parts parts_;

 private:
  crowd* crowd_ = nullptr;
};

/// What falls to one of several threads.
constexpr unsigned share_of(unsigned all, unsigned thread, unsigned threads) noexcept {
  return all / threads + (thread < all % threads ? 1 : 0);
}

/// Rooms of one run and thread only, so that two runs on one server do not meet.
std::string room_name(std::uint16_t run, unsigned thread, unsigned room);

/// The scene of a scenario.
std::unique_ptr<scene> make_scene(const scene_parts& parts);

}  // namespace jackfield::bench
