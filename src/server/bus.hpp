// bus: what a server asks of the road to the other servers of its cluster. A server without one is alone.
// What comes in over it is given to nsp::on_peer_event. Thread: the first worker's.
#pragma once

#include "base/function.hpp"
#include "base/shared_bytes.hpp"

#include <jackfield/broadcast.hpp>

#include <string>
#include <vector>

namespace jackfield::srv {

class realm;

/// An event for servers, encoded: the JSON array of its name and arguments, and what the placeholders in it stand for.
struct peer_event {
  std::string json;
  std::vector<base::shared_bytes> attachments;
};

class bus {
 public:
  using answers_fn = base::unique_function<void(answers)>;
  /// To the namespace of this name on every other server, never on this one. `done`, unless empty, is called once: with the
  /// first argument of each server's answer, and an error when some did not come in time.
  virtual void server_side_emit(const realm& from, peer_event e, answers_fn done) = 0;

 protected:
  ~bus() = default;
};

}  // namespace jackfield::srv
