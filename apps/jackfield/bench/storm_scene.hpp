// storm_scene: everybody is connected; all lines are reset at the same moment, as when a balancer restarts; everybody comes back,
// each after the pause that the official client makes (or at once), and again after a failure. A few rounds of that.
#pragma once

#include "scene.hpp"

#include <queue>
#include <random>
#include <vector>

namespace jackfield::bench {

/// The pause before the attempt of that number (0, 1, …) as the official client draws it; `draw` is 0 to 1.
nanos client_pause(unsigned attempt, double draw) noexcept;

class storm_scene final : public scene {
 public:
  explicit storm_scene(const scene_parts& p) : scene(p), random_(p.how.seed) {}

  void begin(nanos when) override;
  nanos due() const override;
  void tick(nanos when) override;
  void stop() override { round_ = how().rounds; }
  bool quiet() const override { return round_ >= how().rounds; }
  bool ends_by_itself() const noexcept override { return true; }
  std::vector<act> take_acts() override;

 private:
  struct attempt {
    nanos when;
    std::uint32_t who;
    bool operator>(const attempt& o) const noexcept { return when > o.when; }
  };
  void came(peer& p, nanos when) override;
  void went(peer& p) override;
  void cut_all(nanos when);
  void plan(peer& p, nanos since);
  void end_round(nanos when);

  std::mt19937_64 random_;
  std::priority_queue<attempt, std::vector<attempt>, std::greater<>> attempts_;
  std::vector<unsigned> tried_;
  std::vector<act> acts_;
  unsigned round_ = 0;
  bool raging_ = false;
  nanos next_round_ = never;
};

}  // namespace jackfield::bench
