// room_census: on how many workers each room is, for namespaces whose rooms somebody watches: so that a room is created and
// deleted once for the server, not once for each worker. Rooms of sockets' own ids are on one worker and not counted.
// Owner: the realm. Thread: any; a lock, taken when a room comes or goes on a worker, and only while rooms are watched.
#pragma once

#include "base/hash.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

namespace jackfield::srv {

class room_census {
 public:
  /// A worker has this room now. True: no other has.
  bool appear(std::string_view room) {
    const std::lock_guard lock(mutex_);
    return ++counts_.try_emplace(std::string(room)).first->second == 1;
  }
  /// It has it no more. True: nobody has.
  bool vanish(std::string_view room) {
    const std::lock_guard lock(mutex_);
    const auto at = counts_.find(room);
    if (at == counts_.end()) return true;  // it was there before anybody watched
    if (--at->second > 0) return false;
    counts_.erase(at);
    return true;
  }

 private:
  std::mutex mutex_;
  boost::unordered_flat_map<std::string, std::size_t, base::string_hash, std::equal_to<>> counts_;
};

}  // namespace jackfield::srv
