// The chat's rooms: who is in them and what was said last. Everything is bounded (chat/PROTOCOL.md).
// Owner: the chat. Thread: one. No clock, no network; errors are return values.
#pragma once

#include <boost/describe/class.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::app {

struct person {
  std::string id, name;
};
BOOST_DESCRIBE_STRUCT(person, (), (id, name))

struct message {
  std::string id;
  std::optional<std::string> room, to;  // one of both
  std::string from, name, text;
  std::int64_t at = 0;  // milliseconds since 1970
  std::string nonce;
};
BOOST_DESCRIBE_STRUCT(message, (), (id, room, to, from, name, text, at, nonce))

struct room_limits {
  std::size_t rooms = 200;
  std::size_t history = 50;               // messages of one room
  std::size_t history_bytes = 64 * 1024;  // of their texts
};

class room {
 public:
  /// False: was in already (with this visit or another, which is replaced).
  bool enter(const person& p, std::string_view visit);
  /// False: not in with this visit.
  bool leave(std::string_view person_id, std::string_view visit);
  void keep(message m, const room_limits& limits);

  std::size_t size() const noexcept { return people_.size(); }
  std::vector<person> people() const;
  const std::deque<message>& history() const noexcept { return history_; }

 private:
  struct presence {
    std::string name, visit;
  };
  std::map<std::string, presence, std::less<>> people_;  // by person id
  std::deque<message> history_;
  std::size_t history_bytes_ = 0;
};

class rooms {
 public:
  explicit rooms(room_limits limits = {}) : limits_(limits) {}

  /// Null when there is none of that name.
  room* find(std::string_view name) noexcept;
  /// The room, made when it is new; an empty one that was used longest ago gives way. Null: all places are taken.
  room* open(std::string_view name);
  /// Marks the room as used just now.
  void touch(std::string_view name);
  void keep(std::string_view name, message m);

  std::size_t size() const noexcept { return rooms_.size(); }
  /// Calls f(name, room) for each.
  template <class F>
  void each(F f) const {
    for (const auto& [name, r] : rooms_) f(name, r.what);
  }

 private:
  struct entry {
    room what;
    std::uint64_t used = 0;
  };
  bool make_place();

  room_limits limits_;
  std::map<std::string, entry, std::less<>> rooms_;
  std::uint64_t uses_ = 0;
};

/// So many at once, then so many a second.
class token_bucket {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  token_bucket(double burst, double per_second) noexcept : burst_(burst), per_second_(per_second), tokens_(burst) {}
  /// False: too fast.
  bool take(time_point now) noexcept;

 private:
  double burst_, per_second_, tokens_;
  std::optional<time_point> last_;
};

}  // namespace jackfield::app
