// client_access: a public client on a manager of any host: how the tests run the whole API without a network.
#pragma once

#include "client/socket.hpp"

#include <jackfield/client.hpp>

namespace jackfield::cl {

struct client_access {
  /// `loop` may be null: then the manager has to be ended by hand.
  static client make(std::shared_ptr<loop_owner> loop, detail::ref<manager> m) { return client(std::move(loop), std::move(m)); }
  static manager& of(const client& c) noexcept { return *c.manager_; }
  static bool owns(const client& c, const client_socket& s) noexcept { return &s.core()->home() == c.manager_.get(); }
};

}  // namespace jackfield::cl
