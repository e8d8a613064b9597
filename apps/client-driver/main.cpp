// client-driver: the client as a program that a test steers; see driver.hpp.
#include "driver.hpp"

#include <jackfield/json.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

int main() try {
  driver::driver d;
  for (std::string line; std::getline(std::cin, line);) {
    if (line.empty()) continue;
    const auto command = jackfield::from_json(line).value();
    try {
      if (!d.obey(command)) break;
    } catch (const std::exception& e) {
      driver::say({{"ev", "driver-error"}, {"cmd", command["cmd"]}, {"message", e.what()}});
    }
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "client-driver: %s\n", e.what());
  return 1;
}
