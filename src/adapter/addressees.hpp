// addressees: to whom a packet went, kept with it: names of rooms and of exceptions, in one string. protocol.md 4.12.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace jackfield::adapter {

class addressees {
 public:
  /// Everybody.
  addressees() noexcept = default;
  /// `but`: one more exception; empty: none.
  addressees(std::span<const std::string_view> in, std::span<const std::string_view> except, std::string_view but = {}) {
    for (auto name : in) add(name);
    for (auto name : except) add(name);
    if (!but.empty()) add(but);
    in_ = static_cast<std::uint32_t>(in.size());
  }

  /// One of the rooms, or none was named; and none of the exceptions. `in_room(name)`: is that one a member?
  template <class InRoom>
  bool reach(InRoom&& in_room) const {
    std::size_t at = 0;
    bool found = in_ == 0;
    for (std::uint32_t i = 0; i < in_; ++i) {
      const auto name = next(at);
      found = found || in_room(name);
    }
    while (found && at < names_.size()) {
      if (in_room(next(at))) return false;
    }
    return found;
  }
  /// On the heap.
  std::size_t bytes() const noexcept { return names_.empty() ? 0 : names_.capacity() + 1; }

 private:
  using length = std::uint32_t;
  void add(std::string_view name) {
    const auto n = static_cast<length>(name.size());
    names_.append(reinterpret_cast<const char*>(&n), sizeof n);
    names_ += name;
  }
  std::string_view next(std::size_t& at) const noexcept {
    length n;
    std::memcpy(&n, names_.data() + at, sizeof n);
    const std::string_view name(names_.data() + at + sizeof n, n);
    at += sizeof n + n;
    return name;
  }

  std::string names_;  // each behind its length: the rooms, then the exceptions
  std::uint32_t in_ = 0;
};

}  // namespace jackfield::adapter
