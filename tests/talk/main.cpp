// talk FILE…: plays conversations; the first line that is not kept is printed, and the program ends with 1.
#include "conversation.hpp"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "talk: name one or more .talk files; see tests/talk/README.md\n");
    return 2;
  }
  try {
    for (int i = 1; i < argc; ++i) jackfield::talk::conversation(jackfield::talk::make_engine_floor()).play(argv[i]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}
