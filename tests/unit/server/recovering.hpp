// recovering: clients of a server with connection state recovery on, and what they and the program are told.
#pragma once

#include "unit/server/stage.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::test {

inline server_options recovering(recovery_options r = {}) {
  server_options o;
  o.connection_state_recovery = r;
  return o;
}

inline std::string member(const std::string& packet, const std::string& key) {
  const auto at = packet.find("\"" + key + "\":\"");
  if (at == std::string::npos) return {};
  const auto begin = at + key.size() + 4;
  return packet.substr(begin, packet.find('"', begin) - begin);
}
/// The last string of an event.
inline std::string offset_of(const std::string& packet) {
  const auto end = packet.rfind('"'), begin = packet.rfind('"', end - 1) + 1;
  return packet.substr(begin, end - begin);
}
/// Without its offset.
inline std::string bare(const std::string& packet) { return packet.substr(0, packet.rfind(",\"~")) + "]"; }
inline packets bare(packets all) {
  for (auto& p : all) {
    if (p.starts_with("42")) p = bare(p);
  }
  return all;
}

struct identity {
  std::string sid, pid;
};
inline identity connect(stage::client& c) {
  if (c.poll) c.get();
  c.say("40");
  const auto got = c.heard();
  EXPECT_FALSE(got.empty());
  return {member(got.back(), "sid"), member(got.back(), "pid")};
}
inline std::string come_back(const std::string& pid) { return R"(40{"pid":")" + pid + R"("})"; }
inline std::string come_back(const std::string& pid, const std::string& offset) {
  return R"(40{"pid":")" + pid + R"(","offset":")" + offset + R"("})";
}
inline std::string connect_packet(const identity& i) { return R"(40{"sid":")" + i.sid + R"(","pid":")" + i.pid + R"("})"; }

inline std::uint64_t hits(const stage& on, std::string_view name) {
  const auto all = on.io.limit_hits();
  return std::find_if(all.begin(), all.end(), [&](const auto& l) { return l.first == name; })->second;
}

/// What the connection handlers were told, in order.
struct told {
  explicit told(stage& on) {
    on.io.on_connection([this](jf::socket s) {
      reports.push_back(s.recovery());
      sockets.push_back(s);
    });
  }
  std::vector<recovery_report> reports;
  std::vector<jf::socket> sockets;
};

}  // namespace jackfield::test
