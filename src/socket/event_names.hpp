// event_names: the names that handlers are registered for, each stored once per worker: ten thousand sockets with the same
// handlers share them, and a name off the wire is compared by one lookup, without a hash when it was asked for lately.
// Names come from the program, not from peers.
// Thread: the worker's.
#pragma once

#include "base/hash.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::sio {

struct event_name {
  std::string text;
  std::size_t hash = 0;
  mutable std::size_t uses = 0;  // event_names counts them
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
    const event_name*& lately = recent_[place_of(name)];
    if (lately != nullptr && lately->text == name) return lately;
    const auto at = names_.find(name);
    if (at == names_.end()) return nullptr;
    return lately = at->get();
  }
  std::size_t size() const noexcept { return names_.size(); }

 private:
  static constexpr std::size_t recent_names = 16;
  static std::size_t place_of(std::string_view name) noexcept {
    return name.empty() ? 0 : (name.size() + static_cast<unsigned char>(name.back())) % recent_names;
  }

  /// Names by their text, or known ones by themselves, without hashing them again.
  struct hasher {
    using is_transparent = void;
    using is_avalanching = void;
    std::size_t operator()(std::string_view name) const noexcept { return base::string_hash()(name); }
    std::size_t operator()(const event_name* name) const noexcept { return name->hash; }
    std::size_t operator()(const std::unique_ptr<event_name>& name) const noexcept { return name->hash; }
  };
  struct same {
    using is_transparent = void;
    static const event_name* of(const event_name* name) noexcept { return name; }
    static const event_name* of(const std::unique_ptr<event_name>& name) noexcept { return name.get(); }
    bool operator()(std::string_view a, const std::unique_ptr<event_name>& b) const noexcept { return a == b->text; }
    bool operator()(const std::unique_ptr<event_name>& a, std::string_view b) const noexcept { return a->text == b; }
    bool operator()(const auto& a, const auto& b) const noexcept { return of(a) == of(b); }
  };

  boost::unordered_flat_set<std::unique_ptr<event_name>, hasher, same> names_;
  mutable std::array<const event_name*, recent_names> recent_{};  // found lately; null: none at this place
};

}  // namespace jackfield::sio
