// registry: the sessions of one worker by id. It keeps each session alive until its end, which takes it out.
// Owner: the worker's gateway. Thread: the sessions'. Lookups are by seeded hash (S29): nobody can choose ids
// that collide, and an id is in memory once, in its session. 10 bytes and a session per entry.
#pragma once

#include "base/function.hpp"
#include "base/hash.hpp"
#include "engine/session.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::engine {

enum class farewell : std::uint8_t { graceful, discard };

class registry final : public session_keeper {
 public:
  registry() = default;
  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;
  /// Sessions that others still hold are left alone.
  ~registry();

  /// False: another session has this id; nothing was changed. REQUIRES: not closed.
  bool add(session_ref s);
  /// Null: unknown, or its session has ended.
  session* find(std::string_view id) const noexcept;
  /// Takes a session out without ending it; null: unknown.
  session_ref remove(std::string_view id);
  std::size_t size() const noexcept { return sessions_.size(); }

  /// Calls f(session&) for everyone who was here at the call and has not ended meanwhile. f may add, remove and close.
  template <class F>
  void for_each(F&& f) const {
    for (const auto& s : everyone())
      if (s->state() != ready_state::closed) f(*s);
  }
  /// Ends all sessions: at once, or each when its last packets are out.
  void close_all(close_reason reason, farewell how);
  /// Calls f once, when no session is left (now, if there is none). f may be called in the midst of a session's end.
  void when_empty(base::unique_function<void()> f);

 private:
  struct by_id {
    using is_transparent = void;
    using is_avalanching = void;
    std::size_t operator()(std::string_view id) const noexcept { return base::string_hash()(id); }
    std::size_t operator()(const session_ref& s) const noexcept { return (*this)(s->id()); }
  };
  struct same_id {
    using is_transparent = void;
    static std::string_view id_of(std::string_view id) noexcept { return id; }
    static std::string_view id_of(const session_ref& s) noexcept { return s->id(); }
    bool operator()(const auto& a, const auto& b) const noexcept { return id_of(a) == id_of(b); }
  };

  void on_session_end(session& s) noexcept override;
  std::vector<session_ref> everyone() const { return {sessions_.begin(), sessions_.end()}; }

  boost::unordered_flat_set<session_ref, by_id, same_id> sessions_;
  base::unique_function<void()> when_empty_;
};

}  // namespace jackfield::engine
