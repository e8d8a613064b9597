// server_access: a public server on a shard of any host: how the tests run the whole API without a network.
#pragma once

#include "server/shard.hpp"

#include <jackfield/server.hpp>

namespace jackfield::srv {

struct server_access {
  /// The shards outlive the server.
  static server make(crew& c) { return server(c); }
  static server make(shard& s) { return server(s.of_server()); }
  static crew& of(const server& s) noexcept { return *s.crew_; }
};

}  // namespace jackfield::srv
