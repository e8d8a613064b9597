// script: a .talk file as lines; README.md beside this file describes the format.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::talk {

/// `& ws C> 2probe` is {same_turn, "ws", "C>", "2probe"}; `+25s` is {"", "+", "25s"}.
struct line {
  int number = 0;          // in the file, from 1
  bool same_turn = false;  // the turn of the line before goes on
  std::string channel;     // poll, ws, ws2, app, set; empty for time
  std::string verb;
  std::string text;  // escapes \xNN and \\ are resolved
};

/// What went wrong, where: "FILE:LINE: …".
struct failure : std::runtime_error {
  using runtime_error::runtime_error;
};

/// Throws failure.
std::vector<line> read_script(const std::filesystem::path& file);

/// The opposite of what reading does to \xNN and \\.
std::string escaped(std::string_view text);

}  // namespace jackfield::talk
