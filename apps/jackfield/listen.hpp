// `jackfield listen`: prints the events that come, a line of JSON each: {"event":"news","args":[…]}.
#pragma once

#include "talking.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace jackfield::app {

struct listen_options {
  talk_options talk;
  std::vector<std::string> events;  // only these; none: all
  std::uint64_t count = 0;          // end after so many; 0: at a signal
  std::vector<std::string> answer;  // what events that ask are answered with, see arguments_of()
  bool answers = false;             // answer is meant
};

/// Until a signal, or so many events: 0. 1 when the server refuses, or ends it.
int listen(const listen_options& o);

}  // namespace jackfield::app
