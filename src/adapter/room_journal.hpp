// room_journal: the joins and leaves of one socket beside the packets of its namespace, so that for each packet that it may
// have missed it can be told whether it was a member then. Only changes that a missed packet may lie before are kept.
// Owner: the socket, then its saved session. Thread: the worker's.
#pragma once

#include "base/hash.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::adapter {

enum class move : std::uint8_t { joined, left };

class room_journal {
 public:
  /// A change behind packet `last`. Those before packet `oldest`, the first that is kept, are of no use any more. False:
  /// there were `most` already, and the oldest was given up.
  bool note(std::string_view room, move what, std::uint64_t last, std::uint64_t oldest, std::size_t most);
  void clear() noexcept { changes_.clear(); }
  /// Memberships behind packets before this one are not known any more.
  std::uint64_t known_from() const noexcept { return known_from_; }
  std::size_t bytes() const noexcept;

 private:
  friend class membership;
  struct change {
    std::uint64_t last;  // packets above it see the change
    std::string room;
    move what;
  };
  std::vector<change> changes_;  // by time
  std::uint64_t known_from_ = 0;
};

/// The rooms of a socket as they were, walked forward: from packet `from` on. Borrows.
class membership {
 public:
  /// `now`: its rooms at the end of the journal, its own among them.
  membership(std::span<const std::string> now, const room_journal& journal, std::uint64_t from);
  /// REQUIRES: packets come in order, from `from` + 1.
  void advance(std::uint64_t packet);
  bool in(std::string_view room) const { return rooms_.contains(room); }

 private:
  boost::unordered_flat_set<std::string_view, base::string_hash, std::equal_to<>> rooms_;
  std::span<const room_journal::change> ahead_;
};

}  // namespace jackfield::adapter
