// server_access: a public server on a shard of any host: how the tests run the whole API without a network.
#pragma once

#include <jackfield/server.hpp>

namespace jackfield::srv {

struct server_access {
  /// The shard outlives the server.
  static server make(shard& s) { return server(s); }
  static shard& of(const server& s) noexcept { return *s.shard_; }
};

}  // namespace jackfield::srv
