// loop_owner: where clients run: makes the clients of a URL, and ends them at any moment, from any thread. The real ones, on a
// thread of their own, a guest of the caller's io_context or the caller's poll(), are those of loop.cpp.
//
// Owner: the client_loop handles and clients that run here, together: the last one ends it. Thread: any.
#pragma once

#include "client/manager.hpp"

#include <jackfield/client_options.hpp>

#include <string_view>

namespace jackfield::cl {

class loop_owner {
 public:
  loop_owner() = default;
  loop_owner(const loop_owner&) = delete;
  loop_owner& operator=(const loop_owner&) = delete;
  virtual ~loop_owner() = default;

  /// A client's manager. Throws std::invalid_argument.
  virtual base::ref<manager> make(std::string_view url, client_options options) = 0;
  /// The client of this manager is being destroyed. On return it is ended and none of its handlers runs, but the one that called,
  /// if one did; from inside a handler of another loop it may happen later.
  virtual void end(const base::ref<manager>& m) noexcept = 0;
  /// by_hand: what is due; false: nothing was, or it is another kind.
  virtual bool poll() = 0;
};

}  // namespace jackfield::cl
