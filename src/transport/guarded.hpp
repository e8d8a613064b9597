// guarded: calling the application from the connections' side: what it throws is logged and goes no further (S44).
// Thread: the caller's. Cost: none without an exception, but for the copy that call_kept() makes.
#pragma once

#include <string_view>
#include <utility>

namespace jackfield::transport {

/// Logs the exception being handled: "<who> threw: <what it says>". REQUIRES: called from a catch clause.
void log_thrown(std::string_view who) noexcept;

/// Calls f. False: it threw, and `who` ("an HTTP handler") stands in the log.
template <class F>
bool guarded(std::string_view who, F&& f) noexcept {
  try {
    std::forward<F>(f)();
    return true;
  } catch (...) {
    log_thrown(who);
    return false;
  }
}

/// Calls a callback that may be empty, and that may put another in its own place meanwhile. False: it threw.
template <class F, class... A>
bool call_kept(std::string_view who, const F& callback, A&&... a) noexcept {
  if (!callback) return true;
  return guarded(who, [&] {
    auto keep = callback;
    keep(std::forward<A>(a)...);
  });
}

}  // namespace jackfield::transport
