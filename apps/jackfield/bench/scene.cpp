#include "scene.hpp"

#include "chat_scene.hpp"
#include "churn_scene.hpp"
#include "idle_scene.hpp"
#include "storm_scene.hpp"
#include "talk_scene.hpp"

#include <cstdio>

namespace jackfield::bench {

std::string room_name(std::uint16_t run, unsigned thread, unsigned room) {
  char text[40];
  std::snprintf(text, sizeof text, "bench-%04x-%u-%u", run, thread, room);
  return text;
}

void scene::on_ready(peer& p, nanos when) {
  ++counts().connected;
  counts().connect_time.record(when - p.meant());
  came(p, when);
}

void scene::on_down(peer& p, trouble why) {
  ++counts().failures[static_cast<std::size_t>(why)];
  went(p);
}

std::unique_ptr<scene> make_scene(const scene_parts& parts) {
  switch (parts.how.what) {
    case scenario::idle: return std::make_unique<idle_scene>(parts);
    case scenario::churn: return std::make_unique<churn_scene>(parts);
    case scenario::storm: return std::make_unique<storm_scene>(parts);
    case scenario::chat: return std::make_unique<chat_scene>(parts);
    default: return std::make_unique<talk_scene>(parts);
  }
}

}  // namespace jackfield::bench
