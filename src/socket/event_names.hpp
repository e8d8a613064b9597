// event_names: the names that handlers are registered for, each stored once per worker: ten thousand sockets with the same
// handlers share them, and a name off the wire is compared by one lookup. Names come from the program, not from peers.
// Thread: the worker's.
#pragma once

#include "base/hash.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::sio {

struct event_name {
  std::string text;
  std::size_t uses = 0;
};

/// What is registered beside events, in the same table.
enum class special_name : std::uint8_t {
  any,
  any_outgoing,
  middleware,
  disconnecting,
  disconnect,
  error,
  connect,
  connect_error
};
inline constexpr std::size_t special_names = 8;
const event_name* key_of(special_name) noexcept;
bool is_special(const event_name* name) noexcept;

class event_names {
 public:
  /// Made when new. Each acquire() has its release().
  const event_name* acquire(std::string_view name);
  void release(const event_name* name) noexcept;  // special ones: nothing happens
  /// Null: nobody listens to it.
  const event_name* find(std::string_view name) const noexcept {
    const auto at = names_.find(name);
    return at == names_.end() ? nullptr : at->second.get();
  }
  std::size_t size() const noexcept { return names_.size(); }

 private:
  boost::unordered_flat_map<std::string_view, std::unique_ptr<event_name>, base::string_hash, std::equal_to<>> names_;
};

}  // namespace jackfield::sio
