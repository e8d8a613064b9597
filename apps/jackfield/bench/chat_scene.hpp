// chat_scene: people in rooms. Of what happens, three quarters are messages to the own room, a fifth are requests with an answer,
// and of the rest each is a person who leaves (the line is closed) and comes back at once, into the same room. Open loop; who
// sends is drawn. Nobody leaves before what they said has come back to them: a line that is closed takes along what is still on
// it, and that would be no loss of the server's. A connection that comes back counts as delivered when its room has confirmed it.
#pragma once

#include "arrivals.hpp"
#include "messenger.hpp"
#include "scene.hpp"

#include <optional>
#include <random>
#include <string>
#include <vector>

namespace jackfield::bench {

class chat_scene final : public scene {
 public:
  explicit chat_scene(const scene_parts& p);

  void prepare() override;
  bool prepared() const override { return inside_ + gone_ >= crew().size(); }
  void begin(nanos when) override;
  nanos due() const override;
  void tick(nanos when) override;
  void stop() override { stopped_ = true; }
  bool quiet() const override { return messenger_.quiet() && inside_ + gone_ >= crew().size(); }
  void finish() override { messenger_.finish(nullptr); }
  void on_packet(peer& p, const packet& what, nanos when) override;

 private:
  struct person {
    std::uint32_t room = 0, place = 0;
    bool inside = false;
    unsigned under_way = 0;  // of what it said, and has not come back to it
    nanos left = 0;          // since when coming back counts; 0: the first time
  };
  void came(peer& p, nanos when) override;
  void went(peer& p) override;
  void entered(peer& p, nanos when);
  void leave(peer& p);
  void act_once(nanos meant);
  enum class who_may : std::uint8_t { speak, leave };
  peer* somebody(who_may what);

  messenger messenger_;
  std::vector<audience> rooms_;
  std::vector<std::string> names_;
  std::vector<person> people_;
  std::size_t inside_ = 0, gone_ = 0;  // gone: for good, by an error
  std::mt19937_64 random_;
  std::optional<arrivals> arrivals_;
  nanos next_look_ = never;
  bool stopped_ = false;
};

}  // namespace jackfield::bench
