// `jackfield emit`: sends one event, and prints the answer where one is asked for.
#pragma once

#include "talking.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace jackfield::app {

struct emit_options {
  talk_options talk;
  std::string event;
  std::vector<std::string> arguments;  // see arguments_of()
  bool ack = false;                    // wait for the answer and print it: a JSON array
  double seconds = 10;                 // for all of it
};

/// The program's exit status: 0 when the event was sent and, if one was asked for, its answer came; 1 when not.
int emit(const emit_options& o);

}  // namespace jackfield::app
