// talk_scene: echo, poll, cast and room: everybody is connected, and messages flow, driven by a rate (open loop) or by a number
// in flight per sender (closed loop).
#pragma once

#include "arrivals.hpp"
#include "messenger.hpp"
#include "scene.hpp"

#include <optional>
#include <string>
#include <vector>

namespace jackfield::bench {

class talk_scene final : public scene {
 public:
  explicit talk_scene(const scene_parts& p);

  void prepare() override;
  bool prepared() const override { return joins_missing_ == 0; }
  void begin(nanos when) override;
  nanos due() const override;
  void tick(nanos when) override;
  void stop() override;
  bool quiet() const override { return messenger_.quiet(); }
  void finish() override;
  void on_packet(peer& p, const packet& what, nanos when) override;

 private:
  struct place {
    std::uint32_t room = 0, at = 0;
  };
  void went(peer& p) override;
  void send(peer& from, nanos meant);
  peer* next_sender() noexcept;
  bool sends() const noexcept { return how().what != scenario::cast || parts_.thread == 0; }
  bool in_rooms() const noexcept { return how().what == scenario::room; }
  const audience* everybody() const noexcept { return how().what == scenario::cast ? &rooms_[0] : nullptr; }

  messenger messenger_;
  std::vector<audience> rooms_;  // cast: one, everybody
  std::vector<std::string> names_;
  std::vector<place> places_;  // by index of the peer
  std::size_t joins_missing_ = 0;
  unsigned senders_ = 0, turn_ = 0;
  std::optional<arrivals> arrivals_;
  nanos next_look_ = 0;  // for what is overdue
  bool stopped_ = false;
};

}  // namespace jackfield::bench
