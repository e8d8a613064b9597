// churn_scene: clients connect, reach their namespace, hang up, and connect again. Closed loop: each of them at once. Open loop:
// connects are due at a rate, and counted from the moment meant even if all clients are still busy with the former one.
#pragma once

#include "arrivals.hpp"
#include "scene.hpp"

#include <deque>
#include <optional>
#include <vector>

namespace jackfield::bench {

class churn_scene final : public scene {
 public:
  explicit churn_scene(const scene_parts& p) : scene(p) {}

  bool connects_by_itself() const noexcept override { return true; }
  void begin(nanos when) override;
  nanos due() const override;
  void tick(nanos when) override;
  void stop() override { stopped_ = true; }
  bool quiet() const override { return crew().connecting() == 0; }

 private:
  void came(peer& p, nanos when) override;
  void went(peer& p) override;
  void connect(peer& p, nanos meant);

  struct resting {
    nanos until;
    peer* who;
  };
  std::vector<peer*> free_;
  std::deque<resting> resting_;  // a failure is not repeated at once
  std::optional<arrivals> arrivals_;
  bool stopped_ = false;
};

}  // namespace jackfield::bench
