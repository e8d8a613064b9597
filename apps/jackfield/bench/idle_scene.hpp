// idle_scene: connections that answer heartbeats and do nothing else. If asked to: an echo now and then beside the silence, to
// see whether the server answers; behind the measured time a few casts to everybody, and then a share of the lines reset at once.
#pragma once

#include "arrivals.hpp"
#include "messenger.hpp"
#include "scene.hpp"

#include <optional>
#include <vector>

namespace jackfield::bench {

class idle_scene final : public scene {
 public:
  explicit idle_scene(const scene_parts& p) : scene(p), messenger_(p) {}

  void begin(nanos when) override;
  nanos due() const override;
  void tick(nanos when) override;
  void stop() override;
  bool quiet() const override { return phase_ == phase::done && messenger_.quiet(); }
  nanos grace() const override;
  void finish() override;
  std::vector<act> take_acts() override;
  void on_packet(peer& p, const packet& what, nanos when) override;

 private:
  enum class phase : std::uint8_t { hold, casting, resting, settling, done };

  void went(peer& p) override;
  void probe(nanos when);
  void next_act(nanos when);
  void cast(nanos when);
  void kill(nanos when);
  void end_act(nanos when);
  peer* some_ready() noexcept;

  messenger messenger_;
  audience everybody_;
  std::optional<arrivals> probes_;
  std::vector<act> acts_;
  phase phase_ = phase::hold;
  unsigned casts_ = 0;
  std::size_t turn_ = 0;
  bool killed_ = false;
  nanos until_ = never;      // of the phase
  nanos next_look_ = never;  // for what is overdue
};

}  // namespace jackfield::bench
