#include "settings.hpp"

#include "stamp.hpp"

#include <algorithm>

namespace jackfield::bench {

namespace {

// A polling client's session ends at the server when it does not come back in time.
constexpr double longest_pause = 20;
constexpr double most_under_way = 1024.0 * 1024 * 1024;  // bytes of payloads, of a closed loop

std::string objection_to_road(const settings& s) {
  const std::string name(name_of(s.what));
  const bool receives = s.what == scenario::cast || s.what == scenario::room || s.what == scenario::chat;
  if (receives && s.line.by == road::polling)
    return name + " needs clients that send and receive at the same time: --transport websocket or upgrade";
  if (s.what == scenario::echo && s.line.by == road::polling) return "an echo over polling is the scenario poll";
  if (s.what == scenario::idle && s.line.by == road::polling && (s.probe_rate > 0 || s.casts > 0))
    return "probes and casts need --transport websocket or upgrade";
  if (s.what == scenario::poll && s.rate > 0 && s.rate * longest_pause < s.connections)
    return "with --rate " + std::to_string(static_cast<long>(s.rate)) + " a polling client of " + std::to_string(s.connections) +
           " would have its turn less than once in 20 s, and its session could end: raise --rate or lower --connections";
  return {};
}

}  // namespace

std::optional<scenario> scenario_named(std::string_view name) noexcept {
  const auto* found = std::find(scenario_names.begin(), scenario_names.end(), name);
  if (found == scenario_names.end()) return std::nullopt;
  return static_cast<scenario>(found - scenario_names.begin());
}

std::string objection_to(const settings& s) {
  if (auto why = objection_to_road(s); !why.empty()) return why;
  if (s.size < stamp::size) return "--size is at least " + std::to_string(stamp::size) + ": so long is what names a message";
  if (s.rate == 0 && double(s.in_flight) * s.senders_or_usual() * s.size > most_under_way)
    return "more than 1 GiB would be under way at once: lower --in-flight, --senders or --size";
  if (s.threads > s.connections) return "more threads than connections: lower --threads";
  if (s.what == scenario::chat && s.rate == 0) return "chat is driven by --rate";
  if (s.rooms > s.connections) return "more rooms than connections: lower --rooms";
  if (s.what != scenario::idle && (s.casts || s.kill_percent || s.probe_rate > 0))
    return "--casts, --kill and --probe-rate belong to the scenario idle";
  if (s.rate > 0 && (s.what == scenario::idle || s.what == scenario::storm))
    return std::string(name_of(s.what)) + " sends nothing: --rate belongs to echo, poll, cast, room, churn and chat";
  if (s.threads > 1 && s.what == scenario::idle && s.casts) return "casts of idle are sent by one thread: leave --threads out";
  return {};
}

}  // namespace jackfield::bench
