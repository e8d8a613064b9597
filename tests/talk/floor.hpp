// floor: what stands above the session in a conversation: the lines of channel `app`. The plain Engine.IO
// application is one; a Socket.IO server is to be another, with the same scripts below it.
#pragma once

#include "engine/session.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::talk {

class floor {
 public:
  virtual ~floor() = default;
  /// A session was opened; it is set to listen here.
  virtual void attach(engine::session& s) = 0;
  /// `app VERB TEXT`. False: no such verb.
  virtual bool act(std::string_view verb, const std::string& text) = 0;
  /// What happened since the last call, as `VERB TEXT`.
  virtual std::vector<std::string> take_events() = 0;
};

/// SEND, VOLATILE, CLOSE, SHUTDOWN, DISCARD, PAUSE, RESUME; HEARS, UPGRADED, DRAINED (after `app WATCH drain`), CLOSED.
std::unique_ptr<floor> make_engine_floor();

}  // namespace jackfield::talk
