// rooms: who is in which room of one namespace, built for fan-out: a room is one vector of its members, a member knows its
// place in each of its rooms, so that walking is a scan and joining and leaving cost the same in rooms of any size.
// Every member is also alone in the room of its id; that one costs nothing. protocol.md 4.10.
//
// Owner: the namespace. Thread: the worker's. Members may join and leave while a room is walked: who left is not visited,
// who came is not visited yet.
#pragma once

#include "base/hash.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::adapter {

class member;
class rooms;

/// One room. Made on first join, gone on last leave.
class room {
 public:
  const std::string& name() const noexcept { return name_; }
  std::size_t size() const noexcept { return live_; }

 private:
  friend class rooms;
  friend class member;
  struct seat {
    member* who;          // null: left while somebody walks
    std::uint32_t index;  // in who's list of rooms
  };
  std::string name_;
  std::vector<seat> seats_;
  std::size_t live_ = 0;
  std::uint32_t walkers_ = 0;
};

/// Who may be in rooms. The id does not change while it is registered.
class member {
 public:
  member() noexcept = default;
  member(const member&) = delete;
  member& operator=(const member&) = delete;
  virtual std::string_view member_id() const noexcept = 0;
  std::size_t room_count() const noexcept { return rooms_.size(); }

 protected:
  virtual ~member() = default;

 private:
  friend class rooms;
  struct membership {
    room* in;
    std::uint32_t seat;
  };
  std::vector<membership> rooms_;
  std::uint64_t mark_ = 0;   // of the last union or exception that found it
  std::uint32_t place_ = 0;  // in everybody
  bool registered_ = false;
};

enum class room_change : std::uint8_t { created, joined, left, deleted };

/// Whom a walk visits: the union of the rooms (none: everybody) without the members of the exceptions.
struct audience {
  std::span<const std::string_view> in;
  std::span<const std::string_view> except;
  const member* but = nullptr;
};

class rooms {
 public:
  using watcher = std::function<void(room_change, std::string_view room, std::string_view id)>;

  /// Empty: nobody. Called after the change.
  void watch(watcher w) { watcher_ = std::move(w); }

  /// From now on m is among everybody and in the room of its id.
  void enter(member& m);
  /// Leaves all rooms too.
  void exit(member& m);
  bool entered(const member& m) const noexcept { return m.registered_; }
  std::size_t size() const noexcept { return live_; }
  /// Null: nobody with this id has entered.
  member* find(std::string_view id) const noexcept;

  /// False: it was there. Also before enter(): then only the room knows.
  bool join(member& m, std::string_view name);
  bool leave(member& m, std::string_view name);
  void leave_all(member& m);
  bool in_room(const member& m, std::string_view name) const noexcept;
  /// Own id first, when entered.
  std::vector<std::string> rooms_of(const member& m) const;
  const room* find_room(std::string_view name) const noexcept;
  std::size_t room_count() const noexcept { return rooms_.size(); }
  /// Of all rooms that somebody joined.
  std::vector<std::string> names() const;

  /// visit(member&) once for each of the audience that has entered. No allocation for everybody or one room without exceptions;
  /// otherwise none once the memory of earlier walks suffices. A visitor that has ahead(const member&) is told whom it is likely
  /// to visit a few places later, so that it can fetch that one into the cache; ahead() touches nothing of it.
  template <class Visit>
  void walk(const audience& a, Visit&& visit) {
    if (a.except.empty() && a.in.size() <= 1) return walk_one(a, visit);
    auto list = gather(a);
    for (std::size_t i = 0, n = list.size(); i < n; ++i) {
      look_ahead(visit, i, n, [&](std::size_t at) { return list[at]; });
      if (list[i]->registered_) visit(*list[i]);  // may have left meanwhile; nothing is destroyed inside a turn
    }
    keep(std::move(list));
  }

 private:
  struct id_hash {
    using is_transparent = void;
    using is_avalanching = void;
    std::size_t operator()(std::string_view id) const noexcept { return base::string_hash()(id); }
    std::size_t operator()(const member* m) const noexcept { return base::string_hash()(m->member_id()); }
  };
  struct id_equal {
    using is_transparent = void;
    static std::string_view id(std::string_view v) noexcept { return v; }
    static std::string_view id(const member* m) noexcept { return m->member_id(); }
    bool operator()(const auto& a, const auto& b) const noexcept { return id(a) == id(b); }
  };
  using room_map = boost::unordered_flat_map<std::string_view, std::unique_ptr<room>, base::string_hash, std::equal_to<>>;

  static constexpr std::size_t soon = 4;
  /// At place i of n: who(place) is told of, `soon` places ahead; at the first one, all up to there.
  template <class Visit, class Who>
  static void look_ahead(Visit& visit, std::size_t i, std::size_t n, Who who) {
    if constexpr (requires(const member& m) { visit.ahead(m); }) {
      for (std::size_t at = i == 0 ? 0 : i + soon; at < std::min(n, i + soon + 1); ++at) {
        if (const member* m = who(at)) visit.ahead(*m);
      }
    }
  }
  template <class Visit>
  void walk_one(const audience& a, Visit& visit) {
    if (a.in.empty()) return walk_everybody(a.but, visit);
    room* r = lookup(a.in.front());
    member* own = find(a.in.front());
    if (own != nullptr && own != a.but && (r == nullptr || !sits(*own, *r))) visit(*own);
    if (r != nullptr) walk_room(*r, a.but, visit);
  }
  template <class Visit>
  void walk_room(room& r, const member* but, Visit& visit) {
    ++r.walkers_;
    for (std::size_t i = 0, n = r.seats_.size(); i < n; ++i) {
      look_ahead(visit, i, n, [&](std::size_t at) { return r.seats_[at].who; });
      member* m = r.seats_[i].who;
      if (m != nullptr && m != but && m->registered_) visit(*m);
    }
    if (--r.walkers_ == 0 && r.live_ != r.seats_.size()) tidy(r);
  }
  template <class Visit>
  void walk_everybody(const member* but, Visit& visit) {
    ++walkers_;
    for (std::size_t i = 0, n = everybody_.size(); i < n; ++i) {
      look_ahead(visit, i, n, [&](std::size_t at) { return everybody_[at]; });
      member* m = everybody_[i];
      if (m != nullptr && m != but) visit(*m);
    }
    if (--walkers_ == 0 && live_ != everybody_.size()) tidy_everybody();
  }

  static std::uint64_t length_bit(std::string_view id) noexcept {
    return std::uint64_t{1} << std::min<std::size_t>(id.size(), 63);
  }
  room* lookup(std::string_view name) const noexcept {
    const auto at = rooms_.find(name);
    return at == rooms_.end() ? nullptr : at->second.get();
  }
  static bool sits(const member& m, const room& r) noexcept;
  std::vector<member*> gather(const audience& a);
  void mark(std::string_view name, std::uint64_t with, std::vector<member*>* into);
  void keep(std::vector<member*>&& list);
  void unseat(member& m, std::size_t index);
  void tidy(room& r);
  void tidy_everybody();
  void tell(room_change what, std::string_view room, std::string_view id) const {
    if (watcher_) watcher_(what, room, id);
  }

  room_map rooms_;
  boost::unordered_flat_set<member*, id_hash, id_equal> ids_;
  std::uint64_t id_lengths_ = 0;    // a bit for each that an id has had: names of other lengths are nobody's id
  std::vector<member*> everybody_;  // null: left while somebody walks
  std::size_t live_ = 0;
  std::uint32_t walkers_ = 0;
  std::uint64_t marks_ = 0;
  std::vector<std::vector<member*>> spare_;  // memory of earlier walks
  watcher watcher_;
};

}  // namespace jackfield::adapter
