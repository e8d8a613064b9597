// connection_extras: what most connections never need; one allocation for those that do.
// Owner: the connection. Thread: the worker's.
#pragma once

#include "server/asking.hpp"
#include "server/connection.hpp"
#include "server/nsp.hpp"

#include <memory>
#include <vector>

namespace jackfield::srv {

struct connection::extras {
  struct listener {
    listener_id id;
    detail::conn_event_kind kind;
    std::shared_ptr<const detail::conn_handler> call;
  };

  std::vector<detail::ref<asking>> asked;  // names that rules are asked about
  std::vector<base::ref<nsp>> left;        // children that dismissed slots are named after
  std::vector<listener> listeners;
  unsigned heard = 0;  // a bit for each kind of event that somebody listens to
};

}  // namespace jackfield::srv
